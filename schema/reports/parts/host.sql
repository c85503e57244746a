-- :host(URI): the host, with its port, of a SIP URI or Contact.
SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING_INDEX(:argument,
  '@', -1), 'sips:', -1), 'sip:', -1), ';', 1), '>', 1), '?', 1)

-- :gateway_class(): not of a call that rings or is over and that only memory had: see length_class. + 0: no range of the key, which is read whole.
(x.length_class + 0 < 8 OR x.length_class + 0 BETWEEN 16 AND 23)

#include "http_transport.hpp"

#include "sipkeep/core/error.hpp"

#include "descriptor.hpp"
#include "foreign_text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sipkeep {

namespace {

constexpr std::size_t max_header_bytes = std::size_t{64} * 1024;

struct CurlDeleter {
    void operator()(CURL* curl) const noexcept { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
using HeaderList = std::unique_ptr<curl_slist, CurlDeleter>;

/// The reply as it comes in.
struct Reply {
    std::size_t max_bytes = 0;
    int status = 0;
    std::size_t header_bytes = 0;
    std::string body;
    bool too_large = false;
};

int status_of(std::string_view line) {
    int status = 0;
    const auto space = line.find(' ');
    if (!line.starts_with("HTTP/") || space == std::string_view::npos) return 0;
    const auto code = line.substr(space + 1, 3);
    std::from_chars(code.data(), code.data() + code.size(), status);
    return status;
}

/// Ends the transfer at the status line of anything but 200: mi_http leaves the bodies of its errors
/// unfinished until some other client wakes it.
std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
    auto& reply = *static_cast<Reply*>(user);
    const std::string_view line(data, size * count);
    reply.header_bytes += line.size();
    if (line.starts_with("HTTP/")) reply.status = status_of(line);
    const bool informational = reply.status >= 100 && reply.status < 200;
    const bool go_on = (reply.status == 200 || informational) && reply.header_bytes <= max_header_bytes;
    return go_on ? line.size() : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
    auto& reply = *static_cast<Reply*>(user);
    const std::size_t bytes = size * count;
    reply.too_large = bytes > reply.max_bytes - reply.body.size();
    if (reply.too_large) return 0;
    reply.body.append(data, bytes);
    return bytes;
}

std::string explain_status(int status) {
    const std::string code = "HTTP " + std::to_string(status) + ": ";
    switch (status) {
    case 202:
        return code +
               "OpenSIPS took the request for a notification and sends no reply; is something between us?";
    case 400:
        return code + "request refused; check the path against mi_http's `root` (default /mi), and httpd's "
                      "receive_buf_size (1024 or more)";
    case 401:
    case 403:
        return code + "access refused; allow this host, or use fifo: or unix:";
    case 404:
        return code + "nothing at this path; check it against mi_http's `root` (default /mi)";
    case 405:
        return code + "this path takes no POST; check it against mi_http's `root` (default /mi)";
    case 406:
        return code + "not acceptable to httpd; check that the URL is the one of OpenSIPS";
    case 500:
        return code +
               "the reply is larger than httpd's buffer; raise httpd's buf_size, or ask for fewer groups";
    default:
        if (status >= 300 && status < 400)
            return code + "redirects are not followed; configure the final URL";
        return code + "not an answer of mi_http; check the URL";
    }
}

std::string explain_tls(CURLcode code, const char* detail) {
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "its certificate is not accepted (" + escaped(detail) +
               "); is ssl_ca the authority it comes from, and is it made for this host?";
    case CURLE_SSL_CERTPROBLEM:
        return "ssl_cert or ssl_key can't be used (" + escaped(detail) + ")";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR: // TLS 1.3: refused once the session was up; which of the two is a matter of
                           // moments
    case CURLE_SEND_ERROR:
        return "no TLS session (" + escaped(detail) +
               "); is this https, and does it ask for a certificate (ssl_cert)?";
    default:
        return "";
    }
}

std::string explain_failure(CURLcode code, const Reply& reply, const char* detail, Milliseconds waited) {
    if (reply.status != 0 && reply.status != 200) return explain_status(reply.status);
    if (reply.too_large)
        return "reply over " + std::to_string(reply.max_bytes) +
               " bytes; raise mi.max_reply_bytes, or ask for fewer groups";
    if (reply.header_bytes > max_header_bytes) return "endless HTTP headers; check the URL";
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "no complete reply within " + std::to_string(waited.count()) +
               " ms; is OpenSIPS overloaded, or is it another service?";
    case CURLE_GOT_NOTHING:
        return "connection closed without a reply; is this mi_http (it does so on a wrong Content-Type), or "
               "did "
               "OpenSIPS just stop?";
    case CURLE_PARTIAL_FILE:
        return "connection closed in the middle of the reply; did OpenSIPS just stop?";
    case CURLE_COULDNT_CONNECT:
        return "can't connect (" + escaped(detail) + "); is OpenSIPS running, with httpd on this address?";
    case CURLE_COULDNT_RESOLVE_HOST:
        return "can't resolve the host name; check the URL";
    default:
        return std::string(curl_easy_strerror(code)) + " (" + escaped(detail) + "); check the URL";
    }
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
    if (curl_easy_setopt(curl, option, value) != CURLE_OK)
        throw SourceError("libcurl refuses option " + std::to_string(option) + "; is it too old?");
}

void only_what_mi_needs(CURL* curl) {
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_PROXY, ""); // also keeps http_proxy of the environment out
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(curl, CURLOPT_FORBID_REUSE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    set(curl, CURLOPT_QUICK_EXIT, 1L); // a resolver that hangs must not outlive the deadline
#endif
}

HeaderList request_headers() {
    HeaderList headers;
    for (const char* line :
         {"Content-Type: application/json", "Accept: application/json", "Connection: close", "Expect:"}) {
        curl_slist* const longer = curl_slist_append(headers.get(), line);
        if (longer == nullptr) throw SourceError("libcurl is out of memory");
        static_cast<void>(headers.release());
        headers.reset(longer);
    }
    return headers;
}

} // namespace

std::string HttpTransport::exchange(std::string_view json_request, Deadline deadline) {
    const auto fail = [this](const std::string& what) {
        throw SourceError("MI at " + settings_.url + ": " + what);
    };
    if (json_request.size() > max_mi_request_bytes)
        fail("request of " + std::to_string(json_request.size()) + " bytes; httpd takes at most " +
             std::to_string(max_mi_request_bytes));
    // libcurl takes 0 for no limit at all.
    const Milliseconds left = deadline.within(settings_.timeout).left();
    if (left.count() == 0) fail("no time left for the request");

    const NoSigpipe no_sigpipe;
    const Curl curl(curl_easy_init());
    if (!curl) fail("libcurl does not start");
    const HeaderList headers = request_headers();
    std::array<char, CURL_ERROR_SIZE> detail{};
    Reply reply;
    reply.max_bytes = settings_.max_reply_bytes;
    only_what_mi_needs(curl.get());
    set(curl.get(), CURLOPT_URL, settings_.url.c_str());
    set(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(json_request.size()));
    set(curl.get(), CURLOPT_POSTFIELDS, json_request.data());
    set(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    set(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    set(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(left.count()));
    set(curl.get(), CURLOPT_ERRORBUFFER, detail.data());
    set(curl.get(), CURLOPT_HEADERFUNCTION, &on_header);
    set(curl.get(), CURLOPT_HEADERDATA, &reply);
    set(curl.get(), CURLOPT_WRITEFUNCTION, &on_body);
    set(curl.get(), CURLOPT_WRITEDATA, &reply);

    set(curl.get(), CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2}); // or newer
    if (!settings_.ca_file.empty()) set(curl.get(), CURLOPT_CAINFO, settings_.ca_file.c_str());
    if (!settings_.certificate_file.empty()) {
        set(curl.get(), CURLOPT_SSLCERT, settings_.certificate_file.c_str());
        set(curl.get(), CURLOPT_SSLKEY, settings_.key_file.c_str());
    }
    set(curl.get(), CURLOPT_SSL_VERIFYPEER, settings_.verify ? 1L : 0L);
    set(curl.get(), CURLOPT_SSL_VERIFYHOST, settings_.verify ? 2L : 0L);

    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK && settings_.url.starts_with("https:"))
        if (const std::string why = explain_tls(code, detail.data()); !why.empty()) fail(why);
    if (code != CURLE_OK) fail(explain_failure(code, reply, detail.data(), left));
    if (reply.body.empty()) fail("empty reply; is this mi_http?");
    return std::move(reply.body);
}

} // namespace sipkeep

#include "support/certificates.hpp"

#include "support/program.hpp"

#include <fstream>
#include <stdexcept>

namespace sipkeep::test {

namespace {

constexpr const char* new_key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

} // namespace

void Certificates::openssl(const std::string& arguments) {
    const ProgramResult run = run_program({"/bin/sh", "-c", "openssl " + arguments});
    if (run.exit_code != 0) throw std::runtime_error("openssl " + arguments + ": " + run.err);
}

Certificate Certificates::authority(const std::string& name) {
    Certificate made{folder_.path(name + ".pem"), folder_.path(name + ".key")};
    openssl("req -x509" + std::string(new_key) + " -keyout " + made.key + " -out " + made.file +
            " -days 2 -subj /CN=" + name);
    return made;
}

Certificate Certificates::made_for(const std::string& name, const std::string& hosts, const Certificate& by) {
    Certificate made{folder_.path(name + ".pem"), folder_.path(name + ".key")};
    const std::string request = folder_.path(name + ".csr"), extensions = folder_.path(name + ".ext");
    std::ofstream(extensions) << "subjectAltName=" << hosts << '\n';
    openssl("req" + std::string(new_key) + " -keyout " + made.key + " -out " + request +
            " -subj /CN=" + name);
    openssl("x509 -req -in " + request + " -CA " + by.file + " -CAkey " + by.key +
            " -CAcreateserial -days 2 -out " + made.file + " -extfile " + extensions);
    return made;
}

} // namespace sipkeep::test

#include "support/program.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sipkeep::test {

namespace {

int memory_file(const char* name) {
    const int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) throw std::runtime_error("no file for a program's output");
    return fd;
}

std::string contents(int fd) {
    std::string text;
    std::array<char, 65536> chunk{};
    off_t at = 0;
    for (ssize_t count = 0; (count = pread(fd, chunk.data(), chunk.size(), at)) > 0; at += count)
        text.append(chunk.data(), static_cast<std::size_t>(count));
    return text;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& added) {
    std::vector<std::string> variables;
    for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
    for (const auto& [name, value] : added) variables.push_back(name + "=" + value);
    return variables;
}

} // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& command,
                               const std::map<std::string, std::string>& environment)
    : out_(memory_file("stdout")), err_(memory_file("stderr")) {
    auto arguments = command;
    auto variables = environment_of(environment);
    const auto argv = pointers(arguments);
    const auto envp = pointers(variables);
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("can't start " + command.front());
    if (process_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // never outlive a test that crashed
    dup2(out_, STDOUT_FILENO);
    dup2(err_, STDERR_FILENO);
    execve(argv.front(), argv.data(), envp.data());
    _exit(127);
}

RunningProgram::~RunningProgram() {
    if (running()) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    close(out_);
    close(err_);
}

pid_t RunningProgram::pid() const {
    if (process_ <= 0) throw std::runtime_error("a program that is over has no process");
    return process_;
}

bool RunningProgram::signal(int number) {
    return running() &&
           kill(pid(), number) == 0; // until running() has said that it is over, nobody else has its number
}

bool RunningProgram::running() {
    rusage usage{};
    if (process_ > 0 && wait4(process_, &status_, WNOHANG, &usage) == process_) {
        process_ = -1;
        peak_kib_ = usage.ru_maxrss;
    }
    return process_ > 0;
}

ProgramResult RunningProgram::wait(Milliseconds patience) {
    if (!wait_until([&] { return !running(); }, patience))
        throw std::runtime_error("a program did not end in time; so far it said: " + contents(err_));
    const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
    return {code, contents(out_), contents(err_), peak_kib_};
}

ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment) {
    return RunningProgram(command, environment).wait();
}

} // namespace sipkeep::test

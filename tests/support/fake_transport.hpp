// Transport without a wire.
#pragma once

#include "sipkeep/mi/transport.hpp"

#include "support/canned_mi.hpp"

namespace sipkeep::test {

/// Asks a CannedMi; keeps the limits of TransportSettings. Silence and a stopped OpenSIPS fail at once.
class FakeTransport final : public Transport {
public:
    explicit FakeTransport(TransportSettings settings = {"fake:", Milliseconds{2000}})
        : settings_(std::move(settings)) {}
    FakeTransport(CannedMi& mi, TransportSettings settings) : settings_(std::move(settings)), asked_(&mi) {}
    std::string exchange(std::string_view json_request, Deadline deadline) override;
    /// What it answers, and what it was asked.
    CannedMi& mi() { return *asked_; }
    void stop() { stopped_ = true; }

private:
    TransportSettings settings_;
    CannedMi own_;
    CannedMi* asked_ = &own_;
    bool stopped_ = false;
};

} // namespace sipkeep::test

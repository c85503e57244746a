// A clock that shows one time.
#pragma once

#include "sipkeep/core/time.hpp"

namespace sipkeep::test {

class StoppedClock final : public Clock {
public:
    explicit StoppedClock(UtcMilliseconds now) : now_(now) {}
    [[nodiscard]] UtcMilliseconds now() const override { return now_; }

private:
    UtcMilliseconds now_;
};

} // namespace sipkeep::test

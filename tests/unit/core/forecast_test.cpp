#include "sipkeep/core/forecast.hpp"

#include "support/catch.hpp"

using namespace sipkeep;
using std::chrono::days;

TEST_CASE("what is kept for a time grows until its oldest day is that old", "[forecast]") {
    const GrowingSize size{.now = 500, .a_day = 100, .age = days{4}, .kept = days{10}};
    CHECK(size.in(days{0}) == 500);
    CHECK(size.in(days{1}) == 600);
    CHECK(size.in(days{5}) == 1000);
    CHECK(size.in(days{6}) == 1100);
    CHECK(size.in(days{7}) == 1100);
    CHECK(size.in(days{365}) == 1100);
    CHECK(size.level_in() == days{6});
}

TEST_CASE("what is as old as it is kept for, or older, grows no more", "[forecast]") {
    for (const days age : {days{10}, days{400}}) {
        const GrowingSize size{.now = 1000, .a_day = 100, .age = age, .kept = days{10}};
        CHECK(size.in(days{30}) == 1000);
        CHECK(size.level_in() == days{0});
    }
}

TEST_CASE("what is kept forever grows forever", "[forecast]") {
    const GrowingSize size{.now = 7, .a_day = 2, .age = days{400}, .kept = std::nullopt};
    CHECK(size.in(days{365}) == 737);
    CHECK(size.level_in() == std::nullopt);
}

TEST_CASE("what does not grow is level, however long it is kept", "[forecast]") {
    const GrowingSize size{.now = 7, .a_day = 0, .age = days{1}, .kept = std::nullopt};
    CHECK(size.in(days{365}) == 7);
    CHECK(size.level_in() == days{0});
}

TEST_CASE("a forecast adds its parts up, and is level when the last one is", "[forecast]") {
    const Forecast forecast({{.now = 500, .a_day = 100, .age = days{4}, .kept = days{10}},
                             {.now = 1000, .a_day = 10, .age = days{5}, .kept = days{25}},
                             {.now = 64, .a_day = 0, .age = days{0}, .kept = std::nullopt}});
    CHECK(forecast.now() == 1564);
    CHECK(forecast.a_day() == 110);
    const Forecast level({{.now = 500, .a_day = 100, .age = days{10}, .kept = days{10}},
                          {.now = 1000, .a_day = 10, .age = days{5}, .kept = days{25}}});
    CHECK(level.a_day() == 10);
    CHECK(forecast.in(days{6}) == 1564 + 600 + 60);
    CHECK(forecast.in(days{7}) == 1564 + 600 + 70);
    CHECK(forecast.level_in() == days{20});
    CHECK(forecast.level() == 1564U + 600U + 200U);
}

TEST_CASE("a forecast with a part that grows forever has no level", "[forecast]") {
    const Forecast forecast({{.now = 500, .a_day = 100, .age = days{4}, .kept = days{10}},
                             {.now = 0, .a_day = 1, .age = days{0}, .kept = std::nullopt}});
    CHECK(forecast.level_in() == std::nullopt);
    CHECK(forecast.level() == std::nullopt);
    CHECK(forecast.full_in(1100) == days{6});
    CHECK(forecast.full_in(1101) == days{6}); // 1100 + 6
    CHECK(forecast.full_in(1107) == days{7});
    CHECK(forecast.full_in(1100 + 36500) == days{36500});
    CHECK(forecast.full_in(1100 + 36501) == std::nullopt);
}

TEST_CASE("a volume is full on the first day on which it holds no more", "[forecast]") {
    const Forecast forecast({{.now = 500, .a_day = 100, .age = days{4}, .kept = days{10}}});
    CHECK(forecast.full_in(400) == days{0});
    CHECK(forecast.full_in(500) == days{0});
    CHECK(forecast.full_in(501) == days{1});
    CHECK(forecast.full_in(600) == days{1});
    CHECK(forecast.full_in(601) == days{2});
    CHECK(forecast.full_in(1100) == days{6});
    CHECK(forecast.full_in(1101) == std::nullopt);
}

TEST_CASE("an empty archive stays empty", "[forecast]") {
    const Forecast forecast;
    CHECK(forecast.now() == 0);
    CHECK(forecast.in(days{365}) == 0);
    CHECK(forecast.level() == 0U);
    CHECK(forecast.level_in() == days{0});
    CHECK(forecast.full_in(1) == std::nullopt);
}

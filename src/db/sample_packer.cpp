#include "sipkeep/db/sample_packer.hpp"

#include "sipkeep/core/packed_day.hpp"

#include "partitions.hpp"
#include "roll_up_due.hpp"
#include "sample_days.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sipkeep {

namespace {

using std::chrono::days;

/// A packed row has about half a kilobyte; more at once would stall the other writers of a Galera cluster.
constexpr std::size_t days_a_transaction = 1000;
constexpr std::size_t late_samples_a_transaction = 5000;

struct Key {
    std::uint64_t statistic_id = 0;
    UtcSeconds day;
    friend auto operator<=>(const Key&, const Key&) = default;
};

/// Of all samples of a day, in their order: to tell whether what was written is what was read.
class Digest {
public:
    void add(std::uint64_t statistic_id, const std::vector<DaySample>& samples) {
        for (const DaySample& sample : samples) {
            mix(statistic_id);
            mix(sample.second);
            mix(static_cast<std::uint64_t>(sample.value));
            mix(sample.flag);
        }
        count_ += samples.size();
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    friend bool operator==(const Digest&, const Digest&) = default;

private:
    void mix(std::uint64_t number) {
        hash_ = (hash_ ^ number) * 0x9E3779B97F4A7C15U;
        hash_ ^= hash_ >> 32U;
    }
    std::uint64_t hash_ = 0, count_ = 0;
};

/// The statements of a packer.
struct Packing {
    Connection& connection;
    Connection& reader;

    UtcSeconds packed_to(unsigned node_id) {
        return from_datetime(
            connection.value("SELECT samples_packed_to FROM node WHERE node_id = " + std::to_string(node_id))
                .value_or("1970-01-01 00:00:00"));
    }

    void add(Rows& rows, unsigned node_id, const Key& key, const PackedDay& packed, PackedSamples& sum) {
        add_packed(rows, node_id, key.statistic_id, key.day, packed);
        sum.samples += packed.samples;
        sum.bytes += rows.field(rows.size() - 1, packed_width - 2).value_or("").size();
        ++sum.rows;
    }

    void insert(const Rows& rows) { connection.insert(insert_packed(), rows); }

    /// Reads the hot rows of a day, and writes them packed; nobody sees them yet.
    Digest write(unsigned node_id, UtcSeconds day, PackedSamples& sum) {
        Digest digest;
        Rows rows(packed_width);
        std::vector<DaySample> samples;
        std::uint64_t statistic_id = 0;
        const auto flush = [&] {
            if (rows.empty()) return;
            connection.execute("START TRANSACTION");
            insert(rows);
            connection.execute("COMMIT");
            rows.clear();
        };
        const auto pack_some = [&] {
            if (samples.empty()) return;
            digest.add(statistic_id, samples);
            add(rows, node_id, {statistic_id, day}, pack_day(samples), sum);
            samples.clear();
            if (rows.size() >= days_a_transaction) flush();
        };
        auto row = reader.query(
            "SELECT statistic_id, TIMESTAMPDIFF(SECOND, " + at(day) +
            ", captured_at), value, flag FROM sample WHERE node_id = " + std::to_string(node_id) +
            " AND captured_at >= " + at(day) + " AND captured_at < " + at(day + days{1}) +
            " ORDER BY statistic_id, captured_at");
        while (row.next()) {
            if (row.number(0) != statistic_id) pack_some();
            statistic_id = row.number(0);
            samples.push_back(sample_of(row, 1));
        }
        pack_some();
        flush();
        return digest;
    }

    /// What the server has now, unpacked.
    Digest stored(unsigned node_id, UtcSeconds day) {
        Digest digest;
        auto row = reader.query(select_packed(node_id) + " AND day = " + on(day) + " ORDER BY statistic_id");
        while (row.next()) digest.add(row.number(0), unpack_day(packed_of(row)));
        return digest;
    }

    std::vector<DaySample> packed_before(unsigned node_id, const Key& key) {
        auto row = connection.few(select_packed(node_id) + " AND statistic_id = " +
                                  std::to_string(key.statistic_id) + " AND day = " + on(key.day));
        if (!row.next()) return {};
        return unpack_day(packed_of(row));
    }

    std::map<Key, std::vector<DaySample>> some_late(unsigned node_id) {
        std::map<Key, std::vector<DaySample>> late;
        auto row = connection.few(
            "SELECT statistic_id, captured_at, value, flag FROM sample_late WHERE node_id = " +
            std::to_string(node_id) + " AND captured_at < " + at(packed_to(node_id)) +
            " ORDER BY statistic_id, captured_at LIMIT " + std::to_string(late_samples_a_transaction));
        while (row.next()) {
            const UtcSeconds time = from_datetime(row.string(1));
            const UtcSeconds day = midnight(time);
            late[{row.number(0), day}].push_back({static_cast<std::uint32_t>((time - day).count()),
                                                  std::stoll(row.string(2)),
                                                  static_cast<std::uint8_t>(row.number(3))});
        }
        return late;
    }
};

} // namespace

std::vector<UtcSeconds> SamplePacker::days_to_pack(const Node& node, UtcSeconds before) {
    return session_.guarded([&] {
        // The ledger knows: every sample belongs to a capture that read MI.
        std::vector<UtcSeconds> found;
        Packing packing{session_.connection(), session_.reader()};
        auto row = session_.connection().query(
            "SELECT DISTINCT CAST(DATE(captured_at) AS DATETIME) AS day FROM capture WHERE node_id = " +
            std::to_string(node.id) + " AND captured_at >= " + at(packing.packed_to(node.id)) +
            " AND captured_at < " + at(whole_before(session_.connection(), node.id, before)) +
            " AND mi_status = 'ok' ORDER BY day");
        while (row.next()) found.push_back(from_datetime(row.string(0)));
        return found;
    });
}

void SamplePacker::close(const Node& node, UtcSeconds wanted) {
    session_.retried([&] {
        const UtcSeconds before = whole_before(session_.connection(), node.id, wanted);
        session_.connection().execute("UPDATE node SET samples_closed_to = " + at(before) +
                                      " WHERE node_id = " + std::to_string(node.id) +
                                      " AND samples_closed_to < " + at(before));
    });
}

PackedSamples SamplePacker::pack(const Node& node, UtcSeconds day) {
    return session_.retried([&] {
        Packing packing{session_.connection(), session_.reader()};
        const std::string id = std::to_string(node.id);
        if (packing.packed_to(node.id) > day) return PackedSamples{}; // another packer was faster
        // Of a packer that was cut off.
        packing.connection.execute("DELETE FROM sample_day WHERE node_id = " + id + " AND day = " + on(day));
        PackedSamples packed;
        const Digest read = packing.write(node.id, day, packed);
        if (packing.stored(node.id, day) != read)
            throw Error(packing.connection.where() + ": sample_day does not give back the samples of " +
                        to_date(day) + ", node " + node.name + "; they stay as they were; run it again");
        packing.connection.execute("UPDATE node SET samples_packed_to = " + at(day + days{1}) +
                                   " WHERE node_id = " + id + " AND samples_packed_to < " +
                                   at(day + days{1}));
        return packed;
    });
}

void SamplePacker::finish(const Node& node, UtcSeconds wanted) {
    session_.retried([&] {
        const UtcSeconds before = whole_before(session_.connection(), node.id, wanted);
        session_.connection().execute("UPDATE node SET samples_packed_to = " + at(before) +
                                      " WHERE node_id = " + std::to_string(node.id) +
                                      " AND samples_packed_to < " + at(before) +
                                      " AND samples_closed_to >= " + at(before));
    });
}

PackedSamples SamplePacker::add_late(const Node& node) {
    return session_.retried([&] {
        Packing packing{session_.connection(), session_.reader()};
        PackedSamples packed;
        session_.lock(node.id);
        const auto late = packing.some_late(node.id);
        const std::string of_node = " WHERE node_id = " + std::to_string(node.id);
        Rows rows(packed_width);
        std::set<UtcSeconds> due; // what was rolled up of them grows, and what the next sample grew by
        for (const auto& [key, samples] : late) {
            const std::string of = of_node + " AND statistic_id = " + std::to_string(key.statistic_id);
            const auto all = merged(packing.packed_before(node.id, key), samples);
            packing.connection.execute("DELETE FROM sample_day" + of + " AND day = " + on(key.day));
            packing.add(rows, node.id, key, pack_day(all), packed);
            packing.connection.execute("DELETE FROM sample_late" + of + " AND captured_at >= " + at(key.day) +
                                       " AND captured_at <= " + at(key.day + Seconds{samples.back().second}));
            const auto next = packing.connection.value("SELECT CAST(MIN(day) AS DATETIME) FROM sample_day" +
                                                       of + " AND day > " + on(key.day));
            due.insert(key.day + Seconds{samples.front().second});
            due.insert(next ? from_datetime(*next) + Seconds{1} : key.day + Seconds{1});
        }
        for (const UtcSeconds time : due) make_due(packing.connection, node.id, {time});
        packing.insert(rows);
        packing.connection.execute("COMMIT");
        packed.samples = 0;
        for (const auto& [key, samples] : late) packed.samples += samples.size();
        return packed;
    });
}

std::vector<SamplePacker::Partition> SamplePacker::packed_partitions() {
    return session_.guarded([&] {
        Connection& connection = session_.connection();
        std::vector<Partition> found;
        const auto packed = connection.value("SELECT MIN(samples_packed_to) FROM node");
        if (!packed) return found;
        const auto table = std::ranges::find(partitioned_tables(), "sample", &PartitionedTable::name);
        const PartitionList list = list_partitions(connection, *table);
        for (const DailyPartition& partition : list.daily) {
            const UtcSeconds end = partition.day + days{1};
            // One is needed to add others behind it.
            if (end <= from_datetime(*packed) && &partition != &list.daily.back())
                found.push_back({partition.name, end});
        }
        return found;
    });
}

bool SamplePacker::drop(const Partition& partition) {
    return session_.drop_partition("sample", partition.name, [&](Connection& locks) {
        const auto packed = locks.value("SELECT MIN(samples_packed_to) FROM node");
        return packed && from_datetime(*packed) >= partition.end;
    });
}

} // namespace sipkeep

#include "support/mysql_packets.hpp"

namespace sipkeep::test {

namespace {

constexpr std::size_t header = 4;
constexpr std::size_t longest_text = 2000;
constexpr int send_long_data = 0x18;

std::uint32_t little_endian(std::string_view bytes, std::size_t count) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < count; ++i)
        number |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return number;
}

} // namespace

std::optional<std::size_t> whole_packet(std::string_view bytes) {
    if (bytes.size() < header) return std::nullopt;
    const std::size_t size = header + little_endian(bytes, 3);
    return bytes.size() < size ? std::nullopt : std::optional(size);
}

bool has_reply(int command_kind) {
    return command_kind != ClientCommand::quit && command_kind != ClientCommand::close_statement &&
           command_kind != send_long_data;
}

std::optional<ClientCommand> PacketReader::command_of(std::string_view packet) {
    if (!logged_in_) {
        logged_in_ = true;
        return ClientCommand{ClientCommand::login, ""};
    }
    const bool begins = packet[3] == 0 && packet.size() > header;
    if (!begins) return std::nullopt;
    ClientCommand command{static_cast<unsigned char>(packet[header]), ""};
    const std::string_view payload = packet.substr(header + 1);
    if (command.kind == ClientCommand::query || command.kind == ClientCommand::prepare)
        command.text = payload.substr(0, longest_text);
    if (command.kind == ClientCommand::prepare) {
        preparing_ = command.text;
        reply_.clear();
    }
    const bool prepared =
        command.kind == ClientCommand::execute || command.kind == ClientCommand::close_statement;
    if (prepared && payload.size() >= 4)
        if (const auto found = prepared_.find(little_endian(payload, 4)); found != prepared_.end())
            command.text = found->second;
    return command;
}

void PacketReader::add(std::string_view reply) {
    if (!preparing_) return;
    reply_ += reply.substr(0, 16);
    constexpr std::size_t id_at = header + 1; // behind a byte that is 0 where the server could prepare it
    if (reply_.size() < id_at + 4) return;
    if (reply_[header] == 0)
        prepared_[little_endian(std::string_view(reply_).substr(id_at), 4)] = *preparing_;
    preparing_.reset();
}

} // namespace sipkeep::test

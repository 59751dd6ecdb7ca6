// Settings: which source wins, what is refused and how it is said, help and --print-config.
#include "support/catch.hpp"
#include <otp/configuration.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using otp::config_origin;
using otp::config_request;
using otp::config_type;
using otp::config_value;
using namespace std::chrono_literals;

namespace {

// A file format for tests: "name=value" lines; whole numbers and true/false have their own type.
otp::result<std::vector<otp::config_file_entry>, otp::config_file_error> lines_format(
    std::string_view text) {
  std::vector<otp::config_file_entry> entries;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::string_view current = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(current.size() + 1, text.size()));
    const std::size_t equals = current.find('=');
    if (equals == std::string_view::npos) {
      return otp::failure{otp::config_file_error{"no equals sign", line}};
    }
    const std::string_view value = current.substr(equals + 1);
    config_value typed{value};
    if (const auto whole = config_value::parse(config_type::integer, value)) typed = *whole;
    if (value == "true") typed = true;
    entries.push_back({std::string{current.substr(0, equals)}, typed, line});
  }
  return entries;
}

otp::configuration_spec chat_spec() {
  return {.program = "chatroom",
          .version = "0.1.0",
          .summary = "A chat room.",
          .keys = {{.name = "port",
                    .value = 4000,
                    .environment = "PORT",
                    .check = otp::between(0, 65535),
                    .description = "TCP port of the web server"},
                   {.name = "repo.pool_size",
                    .value = 5,
                    .environment = "POOL_SIZE",
                    .check = otp::between(1, 64),
                    .description = "Connections to the database"},
                   {.name = "database_path",
                    .value = "chatroom.db",
                    .environment = "DATABASE_PATH",
                    .description = "SQLite file"},
                   {.name = "console",
                    .value = false,
                    .description = "Read commands from the terminal"},
                   {.name = "drain",
                    .value = 30s,
                    .check = otp::between(0s, 5min),
                    .description = "How long sockets may take to close"},
                   {.name = "secret_key_base",
                    .value = config_type::text,
                    .environment = "SECRET_KEY_BASE",
                    .check = otp::at_least_bytes(8),
                    .description = "Signs cookies",
                    .secret = true}},
          .file_format = lines_format,
          .default_file = "chatroom.toml"};
}

struct sources {
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};
  std::map<std::string, std::string> files{};
};

auto parse(const sources& given, const otp::configuration_spec& spec = chat_spec()) {
  return otp::parse_configuration(
      spec, {.arguments = given.arguments,
             .environment = given.environment,
             .read_file = [&](const std::string& path) -> std::optional<std::string> {
               const auto at = given.files.find(path);
               if (at == given.files.end()) return std::nullopt;
               return at->second;
             }});
}

otp::configuration values(const sources& given) {
  const auto parsed = parse(given);
  REQUIRE(parsed.has_value());
  CHECK(parsed->request == config_request::run);
  return parsed->values;
}

std::vector<std::string> errors(const sources& given,
                                const otp::configuration_spec& spec = chat_spec()) {
  const auto parsed = parse(given, spec);
  std::vector<std::string> messages;
  if (!parsed.has_value()) {
    for (const auto& each : parsed.error()) messages.push_back(each.message);
  }
  return messages;
}

std::string error(const sources& given) {
  const auto all = errors(given);
  REQUIRE(all.size() == 1);
  return all[0];
}

}  // namespace

TEST_CASE("without any source the defaults hold") {
  const auto config = values({});
  CHECK(config.get<int>("port") == 4000);
  CHECK(config.get<std::string>("database_path") == "chatroom.db");
  CHECK_FALSE(config.get<bool>("console"));
  CHECK(config.get<std::chrono::milliseconds>("drain") == 30s);
  CHECK_FALSE(config.find<std::string>("secret_key_base").has_value());
  CHECK(config.source("port").to_string() == "default");
}

TEST_CASE("file, environment and command line each win over those before") {
  sources given;
  given.files["chatroom.toml"] = "port=1\nrepo.pool_size=2\ndatabase_path=file.db\ndrain=1m";
  auto config = values(given);
  CHECK(config.get<int>("port") == 1);
  CHECK(config.source("port").to_string() == "file chatroom.toml line 1");
  CHECK(config.get<std::chrono::seconds>("drain") == 1min);

  given.environment = {{"PORT", "2"}, {"DATABASE_PATH", "env.db"}};
  config = values(given);
  CHECK(config.get<int>("port") == 2);
  CHECK(config.source("port").to_string() == "environment PORT");
  CHECK(config.get<int>("repo.pool_size") == 2);

  given.arguments = {"--port", "3", "--console"};
  config = values(given);
  CHECK(config.get<int>("port") == 3);
  CHECK(config.source("port").to_string() == "command line --port");
  CHECK(config.source("port").origin == config_origin::command_line);
  CHECK(config.get<std::string>("database_path") == "env.db");
  CHECK(config.get<bool>("console"));
}

TEST_CASE("a variable named after the program wins over the shared one") {
  const auto config = values(
      {.environment = {{"PORT", "1"}, {"CHATROOM_PORT", "2"}, {"CHATROOM_REPO_POOL_SIZE", "9"}}});
  CHECK(config.get<int>("port") == 2);
  CHECK(config.source("port").to_string() == "environment CHATROOM_PORT");
  CHECK(config.get<int>("repo.pool_size") == 9);
}

TEST_CASE("an empty variable counts as absent") {
  CHECK(values({.environment = {{"PORT", ""}}}).get<int>("port") == 4000);
}

TEST_CASE("options may be written with an equals sign, hyphens or the key's own spelling") {
  CHECK(values({.arguments = {"--port=1"}}).get<int>("port") == 1);
  CHECK(values({.arguments = {"--repo-pool-size", "7"}}).get<int>("repo.pool_size") == 7);
  CHECK(values({.arguments = {"--repo.pool_size=7"}}).get<int>("repo.pool_size") == 7);
  CHECK(values({.arguments = {"--database-path="}}).get<std::string>("database_path").empty());
  CHECK(values({.arguments = {"--console=yes"}}).get<bool>("console"));
  CHECK_FALSE(values({.arguments = {"--console", "--no-console"}}).get<bool>("console"));
  CHECK(values({.arguments = {"--port=1", "--port=2"}}).get<int>("port") == 2);
}

TEST_CASE("a file may be named by a variable or an option, which wins") {
  sources given;
  given.files = {{"a", "port=1"}, {"b", "port=2"}, {"chatroom.toml", "port=3"}};
  given.environment["CHATROOM_CONFIG"] = "a";
  CHECK(values(given).get<int>("port") == 1);
  given.arguments = {"--config", "b"};
  CHECK(values(given).get<int>("port") == 2);
  CHECK(values(given).source("port").to_string() == "file b line 1");
}

TEST_CASE("a named file that cannot be read is an error, an absent default file is none") {
  CHECK(error({.arguments = {"--config=none"}}) ==
        "the configuration file \"none\" (command line --config) cannot be read");
  CHECK(error({.environment = {{"CHATROOM_CONFIG", "none"}}}) ==
        "the configuration file \"none\" (environment CHATROOM_CONFIG) cannot be read");
}

TEST_CASE("a malformed file is named with its line") {
  CHECK(error({.files = {{"chatroom.toml", "port=1\nwhat"}}}) ==
        "the configuration file chatroom.toml line 2 is malformed: no equals sign");
}

TEST_CASE("an unknown key is refused with the nearest one, in a file and on the command line") {
  CHECK(error({.files = {{"chatroom.toml", "prot=1"}}}) ==
        "unknown key \"prot\" (file chatroom.toml line 1); did you mean \"port\"?");
  CHECK(error({.files = {{"chatroom.toml", "colour=1"}}}) ==
        "unknown key \"colour\" (file chatroom.toml line 1); the keys are: port, repo.pool_size, "
        "database_path, console, drain, secret_key_base");
  CHECK(error({.arguments = {"--prot", "--port=1"}}) ==
        "unknown option --prot; did you mean --port?");
  CHECK(error({.arguments = {"--zzzzzz=1"}}) ==
        "unknown option --zzzzzz; --help lists all of them");
  CHECK(error({.arguments = {"--no-port"}}) ==
        "unknown option --no-port; --help lists all of them");
  CHECK(error({.arguments = {"4010"}}) ==
        "unexpected argument \"4010\"; options begin with --, and --help lists them");
}

TEST_CASE("an unknown variable is nobody's business") {
  CHECK(values({.environment = {{"CHATROOM_HOME", "x"}}}).get<int>("port") == 4000);
}

TEST_CASE("a value of the wrong type or out of range names its source and what is expected") {
  CHECK(error({.environment = {{"PORT", "abc"}}}) ==
        "port: \"abc\" is not valid (environment PORT); expected a whole number from 0 to 65535");
  CHECK(error({.arguments = {"--port=70000"}}) ==
        "port: 70000 is not valid (command line --port); expected a whole number from 0 to 65535");
  CHECK(error({.files = {{"chatroom.toml", "port=true"}}}) ==
        "port: true is not valid (file chatroom.toml line 1); expected a whole number from 0 to "
        "65535");
  CHECK(error({.arguments = {"--drain=1h"}}) ==
        "drain: \"1h\" is not valid (command line --drain); expected a duration such as 500ms, 30s "
        "or 1h30m from 0s to 5m");
  CHECK(error({.files = {{"chatroom.toml", "drain=5"}}}) ==
        "drain: 5 is not valid (file chatroom.toml line 1); expected a duration such as 500ms, 30s "
        "or 1h30m from 0s to 5m");
  CHECK(error({.arguments = {"--console=perhaps"}}) ==
        "console: \"perhaps\" is not valid (command line --console); expected true or false");
}

TEST_CASE("a secret is never shown") {
  CHECK(error({.environment = {{"SECRET_KEY_BASE", "short"}}}) ==
        "secret_key_base: the secret given is not valid (environment SECRET_KEY_BASE); expected a "
        "text at least 8 bytes long");
  const auto config = values({.environment = {{"SECRET_KEY_BASE", "0123456789"}}});
  CHECK(config.get<std::string>("secret_key_base") == "0123456789");
  CHECK(config.to_toml().find("0123456789") == std::string::npos);
}

TEST_CASE("an option without its value is refused, and does not swallow the next option") {
  CHECK(error({.arguments = {"--port"}}) == "option --port needs a value");
  CHECK(errors({.arguments = {"--port", "--console"}}) ==
        std::vector<std::string>{"option --port needs a value"});
  CHECK(error({.arguments = {"--print-config=2"}}) == "option --print-config takes no value");
}

TEST_CASE("all mistakes are reported at once") {
  CHECK(errors({.arguments = {"--prot=1", "x"},
                .environment = {{"POOL_SIZE", "0"}},
                .files = {{"chatroom.toml", "what=1"}}})
            .size() == 4);
}

TEST_CASE("a required key without a value says how to set it") {
  auto spec = chat_spec();
  spec.keys[5].required = true;
  CHECK(errors({}, spec) ==
        std::vector<std::string>{"secret_key_base is required; set it by --secret-key-base or the "
                                 "environment variable SECRET_KEY_BASE"});
  CHECK(errors({.environment = {{"SECRET_KEY_BASE", "short"}}}, spec).size() == 1);
}

TEST_CASE("help and version are answered whatever else is wrong") {
  const auto request = [](std::vector<std::string> arguments) {
    const auto parsed = parse({.arguments = std::move(arguments)});
    REQUIRE(parsed.has_value());
    return parsed->request;
  };
  CHECK(request({"--help"}) == config_request::help);
  CHECK(request({"-h", "--version"}) == config_request::help);
  CHECK(request({"--version", "--port=abc"}) == config_request::version);
  CHECK(request({"--print-config"}) == config_request::print_config);
}

TEST_CASE("an action asks for something else than to run, and takes what follows it as it is") {
  auto spec = chat_spec();
  spec.actions = {{.name = "talk", .placeholder = "[COMMAND]", .description = "talk to a program"},
                  {.name = "migrate-only", .placeholder = {}, .description = "only migrate"}};
  const auto talk = parse({.arguments = {"--port=1", "--talk", "tree", "--port", "x"}}, spec);
  REQUIRE(talk.has_value());
  CHECK(talk->request == config_request::action);
  CHECK(talk->action == "talk");
  CHECK(talk->arguments == std::vector<std::string>{"tree", "--port", "x"});
  CHECK(talk->values.get<int>("port") == 1);
  const auto migrate = parse({.arguments = {"--migrate-only", "--port=2"}}, spec);
  REQUIRE(migrate.has_value());
  CHECK(migrate->action == "migrate-only");
  CHECK(migrate->values.get<int>("port") == 2);
  CHECK(parse({.arguments = {"--migrate-only", "--help"}}, spec)->request == config_request::help);
  CHECK(help_text(spec).find("  --talk [COMMAND]         talk to a program\n") !=
        std::string::npos);
  spec.actions.push_back({.name = "port", .placeholder = {}, .description = {}});
  CHECK_THROWS_AS(parse({}, spec), std::invalid_argument);
}

TEST_CASE("--print-config shows values with their sources as a TOML file, secrets masked") {
  const auto parsed = parse({.arguments = {"--print-config", "--port=1"},
                             .environment = {{"SECRET_KEY_BASE", "0123456789"}},
                             .files = {}});
  REQUIRE(parsed.has_value());
  CHECK(parsed->values.to_toml() ==
        "port = 1                       # command line --port\n"
        "repo.pool_size = 5             # default\n"
        "database_path = \"chatroom.db\"  # default\n"
        "console = false                # default\n"
        "drain = \"30s\"                  # default\n"
        "secret_key_base = \"(secret)\"   # environment SECRET_KEY_BASE\n");
  CHECK(values({}).to_toml().find("# secret_key_base is not set\n") != std::string::npos);
}

TEST_CASE("help lists every option with its meaning, range, default and variable") {
  CHECK(help_text(chat_spec()) ==
        "chatroom 0.1.0: A chat room.\n"
        "\n"
        "Usage: chatroom [OPTION]...\n"
        "\n"
        "Options:\n"
        "  --port NUMBER            TCP port of the web server\n"
        "                           from 0 to 65535, default 4000, variable PORT\n"
        "  --repo-pool-size NUMBER  Connections to the database\n"
        "                           from 1 to 64, default 5, variable POOL_SIZE\n"
        "  --database-path TEXT     SQLite file\n"
        "                           default \"chatroom.db\", variable DATABASE_PATH\n"
        "  --console                Read commands from the terminal\n"
        "                           default false, variable CHATROOM_CONSOLE\n"
        "  --drain TIME             How long sockets may take to close\n"
        "                           from 0s to 5m, default \"30s\", variable CHATROOM_DRAIN\n"
        "  --secret-key-base TEXT   Signs cookies\n"
        "                           at least 8 bytes long, variable SECRET_KEY_BASE\n"
        "  --config FILE            read settings from FILE, below variables and options\n"
        "                           default chatroom.toml if it exists, variable CHATROOM_CONFIG\n"
        "  --print-config           show every setting and where it comes from\n"
        "  --help                   show this text\n"
        "  --version                show the version\n");
}

TEST_CASE("without a file format there is no --config") {
  auto spec = chat_spec();
  spec.file_format = nullptr;
  CHECK(errors({.arguments = {"--config=x"}}, spec).size() == 1);
  CHECK(help_text(spec).find("--config") == std::string::npos);
}

TEST_CASE("asking for a key that was not declared, or as another type, is a programming error") {
  const auto config = values({});
  CHECK_THROWS_AS(config.get<int>("prot"), std::invalid_argument);
  CHECK_THROWS_AS(config.get<std::string>("port"), std::invalid_argument);
  CHECK_THROWS_AS(config.get<signed char>("port"), std::invalid_argument);
  CHECK_THROWS_AS(config.get<std::string>("secret_key_base"), std::invalid_argument);
  try {
    static_cast<void>(config.get<int>("prot"));
  } catch (const std::invalid_argument& refused) {
    CHECK(std::string{refused.what()} ==
          "otp: no configuration key \"prot\" was declared; did you mean \"port\"?");
  }
}

TEST_CASE("a spec that contradicts itself is refused") {
  const auto with = [](otp::config_key key) {
    auto spec = chat_spec();
    spec.keys.push_back(std::move(key));
    return spec;
  };
  const auto key = [](std::string name, config_value value = 1) {
    otp::config_key made;
    made.name = std::move(name);
    made.value = std::move(value);
    return made;
  };
  CHECK(parse({}, with(key("fine"))).has_value());
  for (const char* name : {"", "Port", "a b", ".a", "a.", "a..b", "a-b"}) {
    CHECK_THROWS_AS(parse({}, with(key(name))), std::invalid_argument);
  }
  CHECK_THROWS_AS(parse({}, with(key("port"))), std::invalid_argument);
  CHECK_THROWS_AS(parse({}, with(key("repo_pool_size"))), std::invalid_argument);
  CHECK_THROWS_AS(parse({}, with(key("help"))), std::invalid_argument);
  auto same_variable = key("other");
  same_variable.environment = "PORT";
  CHECK_THROWS_AS(parse({}, with(same_variable)), std::invalid_argument);
  auto bad_default = key("other");
  bad_default.check = otp::between(2, 3);
  CHECK_THROWS_AS(parse({}, with(bad_default)), std::invalid_argument);
  auto nameless = chat_spec();
  nameless.program.clear();
  CHECK_THROWS_AS(parse({}, nameless), std::invalid_argument);
}

TEST_CASE("one_of accepts the words listed") {
  auto spec = chat_spec();
  otp::config_key level;
  level.name = "log_level";
  level.value = "info";
  level.check = otp::one_of({"debug", "info"});
  spec.keys.push_back(level);
  CHECK(parse({.arguments = {"--log-level=debug"}}, spec).has_value());
  CHECK(errors({.arguments = {"--log-level=loud"}}, spec) ==
        std::vector<std::string>{"log_level: \"loud\" is not valid (command line --log-level); "
                                 "expected a text one of debug, info"});
}

TEST_CASE("a program's own inputs are its arguments, its environment and its files") {
  const char* const argv[] = {"program", "--port", "1"};
  const auto inputs = otp::config_inputs::of_program(3, argv);
  CHECK(inputs.arguments == std::vector<std::string>{"--port", "1"});
  CHECK(inputs.environment.contains("PATH"));
  CHECK_FALSE(inputs.read_file("no/such/file").has_value());
}

TEST_CASE("an empty file has no settings, and a directory is none that can be read") {
  const auto inputs = otp::config_inputs::of_program(0, nullptr);
  CHECK(inputs.read_file("/dev/null") == "");
  CHECK_FALSE(inputs.read_file("/").has_value());
}

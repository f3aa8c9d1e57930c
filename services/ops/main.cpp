#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <variant>

#include "ops/command.hpp"
#include "platform/base/config.hpp"

namespace {

using namespace lienthong;

bool IsTerminal(int file) {
  const char* const kind = std::getenv("TERM");
  return isatty(file) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

/// Written over and over in one line of a terminal; nothing elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool is_shown) : is_shown_(is_shown) {}
  ~ProgressLine() {
    if (!last_.empty()) std::cerr << '\n';
  }

  void Show(const std::string& text) {
    if (!is_shown_ || text == last_) return;
    last_ = text;
    std::cerr << "\r\033[K" << text << std::flush;
  }

 private:
  bool is_shown_;
  std::string last_;
};

int Code(ops::Exit exit) { return static_cast<int>(exit); }

int Do(const ops::Options& options) {
  const ops::Look look{IsTerminal(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr};
  const auto result = [&] {
    ProgressLine line(IsTerminal(STDERR_FILENO));
    return ops::Run(options, look, [&](const std::string& text) { line.Show(text); });
  }();
  std::cout << (options.is_json ? ops::Print(result.json) : result.text) << std::flush;
  return std::cout ? Code(result.exit) : Code(ops::Exit::kWrong);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    // gRPC tells of every connection that fails; the command says that itself.
    setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
    const auto parsed = ops::ParseCommandLine(argc, argv);
    if (const auto* const said = std::get_if<ops::Said>(&parsed)) {
      std::cout << said->out;
      std::cerr << said->error;
      return Code(said->exit);
    }
    return Do(std::get<ops::Options>(parsed));
  } catch (const base::ConfigError& error) {
    std::cerr << "lienthong: " << error.what() << '\n';
    return Code(ops::Exit::kUsage);
  } catch (const ops::UsageError& error) {
    std::cerr << "lienthong: " << error.what() << '\n';
    return Code(ops::Exit::kUsage);
  } catch (const std::exception& error) {
    std::cerr << "lienthong: " << error.what() << '\n';
    return Code(ops::Exit::kWrong);
  }
}

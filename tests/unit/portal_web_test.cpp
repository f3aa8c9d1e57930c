// What the portal reads at its start: texts, templates, files that never change.
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "platform/base/config.hpp"
#include "platform/base/id.hpp"
#include "portal/statics.hpp"
#include "portal/templates.hpp"
#include "portal/texts.hpp"
#include "support/portal_response.hpp"

namespace lienthong::portal {
namespace {

namespace fs = std::filesystem;

const std::string kWebFiles = LIENTHONG_DEPLOY "/../services/portal/web";

/// A folder with texts and a template of a test.
class WebFolder {
 public:
  WebFolder(const std::string& texts, const std::string& page) {
    fs::create_directories(path_);
    std::ofstream(path_ / "texts.yaml") << texts;
    std::ofstream(path_ / "page.html") << page;
  }
  ~WebFolder() { fs::remove_all(path_); }
  void Read() const { Templates(path_.string(), Texts((path_ / "texts.yaml").string())); }

 private:
  fs::path path_ = fs::temp_directory_path() / ("portal-" + base::RandomIds().New());
};

TEST_CASE("portal: texts and templates that are not whole are refused at the start") {
  const std::string page = "{{%AUTOESCAPE context=\"HTML\"}}\n<p>[[a]]</p>\n";
  const std::string texts = "a: {vi: một, en: one}\n";
  CHECK_NOTHROW(WebFolder(texts, page).Read());
  CHECK_THROWS_AS(WebFolder("a: {vi: một}\n", page).Read(), base::ConfigError);
  CHECK_THROWS_AS(WebFolder("a: {vi: một, en: \"\"}\n", page).Read(), base::ConfigError);
  CHECK_THROWS_AS(WebFolder(texts + texts, page).Read(), base::ConfigError);
  CHECK_THROWS_AS(WebFolder("b: {vi: hai, en: two}\n", page).Read(), base::ConfigError);
  CHECK_THROWS_AS(WebFolder(texts, "<p>[[a]]</p>\n").Read(), base::ConfigError);
  CHECK_THROWS_AS(WebFolder(texts, page + "{{#OPEN}}").Read(), base::ConfigError);
  CHECK_THROWS_AS(Texts("/nowhere/texts.yaml"), base::ConfigError);
}

TEST_CASE("portal: files that never change are kept for a year, by what is in them") {
  const Statics statics(kWebFiles);
  const std::string url = statics.Url("style.css");
  Request request;
  request.method = "GET", request.path = "/static/style.css";
  request.query.Add("v", url.substr(url.find("?v=") + 3));
  const Response now = statics.Answer(request);
  CHECK(now.status == 200);
  CHECK(HeaderOf(now, "Cache-Control") == "public, max-age=31536000, immutable");
  request.headers.Add("if-none-match", HeaderOf(now, "ETag"));
  CHECK(statics.Answer(request).status == 304);
  CHECK(statics.Answer(request).body.empty());
  request.query = {}, request.headers = {};
  CHECK(HeaderOf(statics.Answer(request), "Cache-Control") == "no-cache");
  request.path = "/static/texts.yaml";
  CHECK(statics.Answer(request).status == 404);
}

}  // namespace
}  // namespace lienthong::portal

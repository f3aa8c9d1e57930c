// Photos for everybody: only the picture is left, and nothing too large is decoded.
#include <sys/resource.h>
#include <zlib.h>

#include <atomic>
#include <future>
#include <thread>

#include "hotline/photo.hpp"
#include "hotline/service_photos.hpp"
#include "platform/base/error.hpp"
#include "support/clock.hpp"
#include "support/pictures.hpp"
#include "support/reason.hpp"

namespace lienthong::hotline {
namespace {

using support::ReasonOf;

using namespace std::chrono_literals;
using support::ColourAt, support::Decoded, support::Painted, support::Picture, support::Saved,
    support::Tagged;

const std::string kCanary = "CANARY 10.98N 106.65E";

/// In pieces that end anywhere; `taken` = how many bytes were asked for.
std::optional<std::string> Encoded(const std::string& type, const std::string& bytes,
                                   std::size_t* taken = nullptr) {
  constexpr std::size_t kPiece = 1000;
  std::size_t at = 0;
  const auto encoded = EncodePhoto(type, [&] {
    std::string piece = at < bytes.size() ? bytes.substr(at, kPiece) : "";
    at += piece.size();
    return piece;
  });
  if (taken != nullptr) *taken = at;
  return encoded;
}

std::pair<int, int> SizeOf(const Picture& picture) {
  return {gdk_pixbuf_get_width(picture.get()), gdk_pixbuf_get_height(picture.get())};
}

std::string PngChunk(const std::string& name, const std::string& content) {
  const std::string checked = name + content;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return support::BigEndian(static_cast<std::uint32_t>(content.size()), 4) + checked +
         support::BigEndian(static_cast<std::uint32_t>(sum), 4);
}

/// Says that it has so many pixels; nearly all of them are black, and compressed to nothing.
std::string PngOf(std::uint32_t width, std::uint32_t height, const std::string& more = "") {
  const std::string zeros(10'000'000, '\0');
  uLongf size = compressBound(zeros.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(zeros.data()), zeros.size());
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" +
         PngChunk("IHDR", support::BigEndian(width, 4) + support::BigEndian(height, 4) +
                              std::string("\x08\x06\0\0\0", 5)) +
         more + PngChunk("IDAT", packed) + PngChunk("IEND", "");
}

/// The same JPEG, said to be of another size.
std::string Resized(std::string jpeg, const std::string& height_and_width) {
  const std::size_t frame = jpeg.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  return jpeg.replace(frame + 5, 4, height_and_width);
}

std::int64_t MostMemory() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

TEST_CASE("hotline: nothing that a camera wrote beside the picture is left in a photo") {
  const std::string photo = Tagged(Saved(Painted(40, 20), "jpeg"), 6, kCanary);
  int canaries = 0;
  for (std::size_t at = 0; (at = photo.find(kCanary, at)) != std::string::npos; ++at) ++canaries;
  REQUIRE(canaries == 7);  // in EXIF, GPS, XMP, ICC, Photoshop's block, the comment, behind the end
  CHECK(support::SegmentsOf(photo) == "e1 e2 ed fe e0 db c0 c4 da ?");

  const auto shown = Encoded("image/jpeg", photo);
  REQUIRE(shown);
  for (const std::string& word : {kCanary, std::string("CANARY"), std::string("Exif"),
                                  std::string("ICC"), std::string("http"), std::string("GPS")}) {
    INFO(word);
    CHECK(shown->find(word) == std::string::npos);
  }
  // Nothing but what a picture needs, and nothing behind it.
  CHECK(support::SegmentsOf(*shown) == "e0 db c0 c4 da");
  CHECK(support::SegmentsOf(*Encoded("image/jpeg", *shown + kCanary)) == "e0 db c0 c4 da");
  // The same picture without all that becomes the same photo.
  CHECK(*shown == *Encoded("image/jpeg", Tagged(Saved(Painted(40, 20), "jpeg"), 6, "x")));

  const std::string png = PngOf(20, 10,
                                PngChunk("tEXt", "Comment" + std::string(1, '\0') + kCanary) +
                                    PngChunk("eXIf", support::Exif(1, kCanary).substr(6)));
  REQUIRE(png.find(kCanary) != std::string::npos);
  const auto of_png = Encoded("image/png", png + kCanary);
  REQUIRE(of_png);
  CHECK(of_png->find("CANARY") == std::string::npos);
  CHECK(support::SegmentsOf(*of_png) == "e0 db c0 c4 da");
}

TEST_CASE("hotline: a photo is turned as the camera was held") {
  struct Held {
    int orientation;
    const char* corners;  ///< top left, top right, bottom left, bottom right
    bool upright;         ///< as wide as before
  };
  for (const Held& held : {Held{1, "rbbb", true}, Held{2, "brbb", true}, Held{3, "bbbr", true},
                           Held{4, "bbrb", true}, Held{5, "rbbb", false}, Held{6, "brbb", false},
                           Held{7, "bbbr", false}, Held{8, "bbrb", false}}) {
    CAPTURE(held.orientation);
    const auto shown =
        Encoded("image/jpeg", Tagged(Saved(Painted(64, 32), "jpeg"), held.orientation, kCanary));
    REQUIRE(shown);
    const Picture picture = Decoded(*shown);
    const auto [width, height] = SizeOf(picture);
    CHECK(std::pair(width, height) == (held.upright ? std::pair(64, 32) : std::pair(32, 64)));
    std::string corners;
    for (const int y : {4, height - 4}) {
      for (const int x : {4, width - 4}) corners += ColourAt(picture, x, y);
    }
    CHECK(corners == held.corners);
  }
}

TEST_CASE("hotline: the longer side of a photo has at most 1600 pixels") {
  const auto size = [](int width, int height, const char* type, int orientation = 0) {
    std::string bytes = Saved(Painted(width, height), type);
    if (orientation != 0) bytes = Tagged(bytes, orientation, kCanary);
    const auto shown = Encoded(std::string("image/") + type, bytes);
    REQUIRE(shown);
    return SizeOf(Decoded(*shown));
  };
  CHECK(size(1600, 1200, "jpeg") == std::pair(1600, 1200));
  CHECK(size(1601, 1200, "jpeg") == std::pair(1600, 1199));
  CHECK(size(4000, 3000, "jpeg") == std::pair(1600, 1200));
  CHECK(size(4000, 3000, "jpeg", 6) == std::pair(1200, 1600));
  CHECK(size(2000, 4000, "png") == std::pair(800, 1600));
  CHECK(size(5000, 1, "png") == std::pair(1600, 1));
  CHECK(size(1, 1, "png") == std::pair(1, 1));
}

TEST_CASE("hotline: what is hidden under transparent pixels is not shown") {
  const std::string png = Saved(Painted(64, 32, true, 0x00ff00), "png");
  const auto shown = Encoded("image/png", png);
  REQUIRE(shown);
  const Picture picture = Decoded(*shown);
  CHECK(ColourAt(picture, 4, 4) == 'r');
  CHECK(ColourAt(picture, 60, 28) == 'w');
}

TEST_CASE("hotline: a picture of more than 50 million pixels is refused before it is decoded") {
  const std::string jpeg = Saved(Painted(64, 32), "jpeg");
  const std::int64_t before = MostMemory();
  std::size_t taken = 0;
  // 60,000 times 60,000 pixels in 10 kB.
  const std::string png = PngOf(60'000, 60'000);
  REQUIRE(png.size() < 12'000);
  CHECK_FALSE(Encoded("image/png", png, &taken));
  CHECK(taken <= 1000);
  CHECK_FALSE(Encoded("image/png", PngOf(7072, 7072)));
  CHECK_FALSE(Encoded("image/png", PngOf(70'000, 2)));
  CHECK_FALSE(Encoded("image/png", PngOf(0x7fffffff, 0x7fffffff)));
  CHECK_FALSE(Encoded("image/jpeg", Resized(jpeg, "\xff\xff\xff\xff"), &taken));
  CHECK(taken <= 1000);
  CHECK(MostMemory() - before < 64 * 1024 * 1024);
}

TEST_CASE("hotline: a picture that breaks off is grey from there on, with nothing of the memory") {
  // Noise, so that the half of the file is about the half of the picture.
  const Picture noise = Painted(200, 100);
  guchar* const pixels = gdk_pixbuf_get_pixels(noise.get());
  for (gsize i = 0; i < gdk_pixbuf_get_byte_length(noise.get()); ++i) {
    pixels[i] = static_cast<guchar>(i * i * 7919 >> 7);
  }
  for (const char* type : {"png", "jpeg"}) {
    CAPTURE(type);
    const std::string whole = Saved(noise, type);
    const auto shown = Encoded(std::string("image/") + type, whole.substr(0, whole.size() / 2));
    REQUIRE(shown);
    const Picture picture = Decoded(*shown);
    REQUIRE(SizeOf(picture) == std::pair(200, 100));
    const guchar* const row =
        gdk_pixbuf_read_pixels(picture.get()) + 92 * gdk_pixbuf_get_rowstride(picture.get());
    for (int i = 0; i < 600; ++i) {
      if (row[i] < 0x78 || row[i] > 0xa0) FAIL("not grey: " << int{row[i]});
    }
  }
}

TEST_CASE("hotline: what is no picture, or another one than its type says, is no photo") {
  const std::string jpeg = Saved(Painted(64, 32), "jpeg"), png = Saved(Painted(64, 32), "png");
  CHECK(Encoded("image/jpeg", jpeg));
  CHECK(Encoded("image/png", png));
  CHECK_FALSE(Encoded("image/png", jpeg));
  CHECK_FALSE(Encoded("image/jpeg", png));
  CHECK_FALSE(Encoded("image/jpeg", ""));
  CHECK_FALSE(Encoded("image/jpeg", jpeg.substr(0, 100)));
  const std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
  for (const char* type : {"image/svg+xml", "image/tiff", "image/webp", "application/pdf", ""}) {
    CHECK_FALSE(IsPhoto(type));
    CHECK_FALSE(Encoded(type, svg));
  }
  // What comes of reading is passed on.
  CHECK(ReasonOf([] {
          EncodePhoto("image/jpeg", []() -> std::string { throw base::NotFound(); });
        }) == "RECORD_NOT_FOUND");
}

TEST_CASE("hotline: photos are kept, encoded a few at a time, and refused beyond") {
  const std::string jpeg = Saved(Painted(64, 32), "jpeg");
  std::atomic<int> reads = 0, reading = 0;
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  PhotoOptions options;
  options.encoded_max = options.waiting_max = 1;
  options.kept_max = 2;
  Photos photos(
      [&](const std::string& sha256, std::int64_t at) {
        if (at == 0) ++reads;
        if (sha256 == "slow" && at == 0) ++reading, gone.wait();
        if (sha256 == "none") throw base::Unavailable("FILES_UNAVAILABLE", "away");
        const std::string bytes = sha256 == "broken" ? "no picture" : jpeg;
        return at < static_cast<std::int64_t>(bytes.size()) ? bytes.substr(at) : std::string();
      },
      options);
  const auto ask = [&](const char* sha256, std::chrono::milliseconds limit = 20s) {
    return ReasonOf([&] {
      const auto shown =
          photos.Jpeg(sha256, "image/jpeg", std::chrono::steady_clock::now() + limit);
      // Asked on several threads: no CHECK.
      if (!shown.starts_with("\xff\xd8")) throw base::Unavailable("NO_JPEG", "");
    });
  };
  auto slow = std::async(std::launch::async, [&] { return ask("slow"); });
  while (reading == 0) std::this_thread::yield();
  CHECK(ask("other", 1ms) == "DEADLINE_EXCEEDED");
  // One waits for the same; it is encoded once.
  auto waiting = std::async(std::launch::async, [&] {
    for (;;) {
      const std::string reason = ask("slow");
      if (reason != "PHOTOS_BUSY") return reason;  // while the other one was looking
    }
  });
  while (ask("other", 0ms) != "PHOTOS_BUSY") std::this_thread::yield();
  go.set_value();
  CHECK(slow.get().empty());
  CHECK(waiting.get().empty());
  CHECK(reads == 1);

  CHECK(ask("slow").empty());
  CHECK(reads == 1);
  // What cannot be shown is known then, what could not be read is asked for again.
  for (int i = 0; i < 2; ++i) CHECK(ask("broken") == "RECORD_NOT_FOUND");
  CHECK(reads == 2);
  for (int i = 0; i < 2; ++i) CHECK(ask("none") == "FILES_UNAVAILABLE");
  CHECK(reads == 4);
  CHECK(ask("third").empty());
  CHECK(reads == 5);
  CHECK(ask("slow").empty());  // the one of the two that was asked for longest ago had to go
  CHECK(reads == 6);
}

TEST_CASE("hotline: a photo that took too long is busy, and there when it is quick enough again") {
  using std::chrono::steady_clock;
  const std::string jpeg = Saved(Painted(64, 32), "jpeg");
  PhotoOptions options;
  options.encoding_max = 500ms;
  bool is_slow = true;
  int reads = 0;
  const auto read = [&](const std::string& sha256, std::int64_t at) {
    if (at == 0) ++reads;
    const auto time_is_up = steady_clock::now() + options.encoding_max + 1ms;
    while (is_slow && steady_clock::now() < time_is_up) std::this_thread::yield();
    const std::string bytes = sha256 == "broken" ? "no picture" : jpeg;
    return at < static_cast<std::int64_t>(bytes.size()) ? bytes.substr(at) : std::string();
  };
  const auto ask = [](Photos& photos, const char* sha256, std::chrono::milliseconds limit = 20s) {
    return ReasonOf([&] { photos.Jpeg(sha256, "image/jpeg", steady_clock::now() + limit); });
  };
  Photos held_off(read, options);
  CHECK(ask(held_off, "a", -1ms) == "DEADLINE_EXCEEDED");
  REQUIRE(reads == 0);
  for (int i = 0; i < 2; ++i) CHECK(ask(held_off, "a") == "PHOTOS_BUSY");
  CHECK(reads == 1);

  options.again_after = 0ms;
  Photos photos(read, options);
  CHECK(ask(photos, "a") == "PHOTOS_BUSY");
  CHECK(ask(photos, "a") == "PHOTOS_BUSY");
  CHECK(reads == 3);
  is_slow = false;
  CHECK(support::Eventually(20s, [&] { return ask(photos, "a").empty(); }));
  CHECK(support::Eventually(20s, [&] { return ask(photos, "broken") == "RECORD_NOT_FOUND"; }));
}

}  // namespace lienthong::hotline

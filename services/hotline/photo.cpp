#include "hotline/photo.hpp"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace lienthong::hotline {
namespace {

constexpr int kEdgeMax = 65'535;  ///< of what is read: JPEG has no larger ones (ITU-T T.81, B.2.2)
constexpr const char* kQuality = "85";
constexpr int kOpaque = 255, kTile = 16;
constexpr guint32 kWhite = 0xffffff;

struct CloseLoader {
  void operator()(GdkPixbufLoader* loader) const {
    gdk_pixbuf_loader_close(loader, nullptr);  // a second time does nothing
    g_object_unref(loader);
  }
};
struct Unref {
  void operator()(GdkPixbuf* picture) const { g_object_unref(picture); }
};
struct Free {
  void operator()(char* bytes) const { g_free(bytes); }
};
using Loader = std::unique_ptr<GdkPixbufLoader, CloseLoader>;
using Picture = std::unique_ptr<GdkPixbuf, Unref>;

/// Called before anything is decoded. Without a size the loader gives up.
void Fit(GdkPixbufLoader* loader, int width, int height, gpointer) {
  const int edge = std::max(width, height);
  if (edge > kEdgeMax || std::int64_t{width} * height > kPhotoPixelsMax) {
    gdk_pixbuf_loader_set_size(loader, 0, 0);
    return;
  }
  if (edge <= kPhotoEdgeMax) return;
  const auto scaled = [&](int length) {
    return static_cast<int>(std::max<std::int64_t>(1, std::int64_t{length} * kPhotoEdgeMax / edge));
  };
  gdk_pixbuf_loader_set_size(loader, scaled(width), scaled(height));
}

bool Feed(GdkPixbufLoader& loader, const NextPiece& next) {
  for (std::string piece = next(); !piece.empty(); piece = next()) {
    const auto* const data = reinterpret_cast<const guchar*>(piece.data());
    if (gdk_pixbuf_loader_write(&loader, data, piece.size(), nullptr) == 0) return false;
  }
  return gdk_pixbuf_loader_close(&loader, nullptr) != 0;
}

/// Nothing of what is hidden under transparent pixels.
Picture OnWhite(Picture picture) {
  if (gdk_pixbuf_get_has_alpha(picture.get()) == 0) return picture;
  return Picture(gdk_pixbuf_composite_color_simple(
      picture.get(), gdk_pixbuf_get_width(picture.get()), gdk_pixbuf_get_height(picture.get()),
      GDK_INTERP_NEAREST, kOpaque, kTile, kWhite, kWhite));
}

std::optional<std::string> ToJpeg(GdkPixbuf& picture) {
  char* bytes = nullptr;
  gsize size = 0;
  const bool is_done = gdk_pixbuf_save_to_buffer(&picture, &bytes, &size, "jpeg", nullptr,
                                                 "quality", kQuality, nullptr) != 0;
  const std::unique_ptr<char, Free> owned(bytes);
  if (!is_done) return std::nullopt;
  return std::string(bytes, size);
}

}  // namespace

bool IsPhoto(const std::string& media_type) {
  return media_type == "image/jpeg" || media_type == "image/png";
}

std::optional<std::string> EncodePhoto(const std::string& media_type, const NextPiece& next) {
  if (!IsPhoto(media_type)) return std::nullopt;
  // By type: no other decoder sees the bytes, whatever they begin with.
  const Loader loader(gdk_pixbuf_loader_new_with_mime_type(media_type.c_str(), nullptr));
  if (loader == nullptr) return std::nullopt;
  g_signal_connect(loader.get(), "size-prepared", G_CALLBACK(Fit), nullptr);
  if (!Feed(*loader, next)) return std::nullopt;
  GdkPixbuf* const decoded = gdk_pixbuf_loader_get_pixbuf(loader.get());  // the loader's
  if (decoded == nullptr) return std::nullopt;
  Picture upright(gdk_pixbuf_apply_embedded_orientation(decoded));
  if (upright != nullptr) upright = OnWhite(std::move(upright));
  if (upright == nullptr) return std::nullopt;
  return ToJpeg(*upright);
}

}  // namespace lienthong::hotline

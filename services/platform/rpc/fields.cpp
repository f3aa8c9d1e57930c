#include "platform/rpc/fields.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDepthMax = 32;

/// Where a message stands in the request; a string is made of it only for an error.
struct Path {
  const Path* parent = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;  ///< -1 = not repeated
};

std::string ToText(const Path& path) {
  std::string text = path.parent == nullptr ? std::string() : ToText(*path.parent);
  if (path.field == nullptr) return text;
  if (!text.empty()) text += '.';
  text += path.field->name();
  if (path.index >= 0) text += '[' + std::to_string(path.index) + ']';
  return text;
}

void CheckMessage(const Message& message, const Path& path, int depth);

void CheckText(std::string_view text, const Path& path) {
  if (text.size() > kFieldBytesMax) {
    throw base::InvalidField(ToText(path), "longer than 64 KiB");
  }
  if (!base::IsText(text)) {
    throw base::InvalidField(ToText(path), "not UTF-8, or holds U+0000");
  }
}

void CheckEnum(int number, const Path& path) {
  if (path.field->enum_type()->FindValueByNumber(number) == nullptr) {
    throw base::InvalidField(ToText(path), "unknown value " + std::to_string(number));
  }
}

void CheckValue(const Message& message, const Path& path, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* const field = path.field;
  const bool repeated = path.index >= 0;
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_BYTES) return;
      CheckText(repeated
                    ? reflection.GetRepeatedStringReference(message, field, path.index, &scratch)
                    : reflection.GetStringReference(message, field, &scratch),
                path);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      CheckEnum(repeated ? reflection.GetRepeatedEnumValue(message, field, path.index)
                         : reflection.GetEnumValue(message, field),
                path);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      CheckMessage(repeated ? reflection.GetRepeatedMessage(message, field, path.index)
                            : reflection.GetMessage(message, field),
                   path, depth + 1);
      return;
    default:
      return;  // numbers and truth values have no wrong encoding
  }
}

void CheckMessage(const Message& message, const Path& path, int depth) {
  if (depth > kDepthMax) throw base::InvalidField(ToText(path), "nested too deeply");
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    if (!field->is_repeated()) {
      CheckValue(message, {&path, field, -1}, depth);
      continue;
    }
    const int size = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < size; ++i) CheckValue(message, {&path, field, i}, depth);
  }
}

}  // namespace

void CheckFields(const Message& request) { CheckMessage(request, {}, 0); }

}  // namespace lienthong::rpc

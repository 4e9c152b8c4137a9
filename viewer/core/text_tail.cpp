// SPDX-License-Identifier: Apache-2.0
#include "viewer/core/text_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace agon::viewer {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

class OpenFile {
 public:
  explicit OpenFile(const Path& file) : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

// What stands in [from, to), or less when the file was cut meanwhile.
std::string ReadRange(int file, std::uint64_t from, std::uint64_t to) {
  std::string text(static_cast<std::size_t>(to - from), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t count =
        ::pread(file, text.data() + have, text.size() - have, static_cast<off_t>(from + have));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  text.resize(have);
  return text;
}

// How a sequence begins decides its length and which second bytes are no overlong form, surrogate
// or number above U+10FFFF (the Unicode Standard, table 3-7). Length 0: no beginning.
struct Sequence {
  std::size_t length = 0;
  unsigned char second_low = 0x80, second_high = 0xBF;
};
Sequence SequenceOf(unsigned char lead) {
  if (lead < 0x80) return {.length = 1};
  if (lead >= 0xC2 && lead <= 0xDF) return {.length = 2};
  if (lead == 0xE0) return {.length = 3, .second_low = 0xA0};
  if (lead == 0xED) return {.length = 3, .second_high = 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {.length = 3};
  if (lead == 0xF0) return {.length = 4, .second_low = 0x90};
  if (lead == 0xF4) return {.length = 4, .second_high = 0x8F};
  if (lead >= 0xF1 && lead <= 0xF3) return {.length = 4};
  return {};
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool Contains(std::string_view line, std::string_view lower_word) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  return std::search(line.begin(), line.end(), lower_word.begin(), lower_word.end(), same) !=
         line.end();
}

}  // namespace

TextTail::TextTail(Path file)
    : file_(std::move(file)), lines_(std::make_shared<std::vector<std::string>>()) {}

std::shared_ptr<const std::vector<std::string>> TextTail::Lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void TextTail::Poll() {
  const OpenFile file(file_);
  struct stat now {};
  if (file.get() < 0 || ::fstat(file.get(), &now) != 0 || !S_ISREG(now.st_mode)) return;
  const auto size = static_cast<std::uint64_t>(now.st_size);
  // Another file of the name, or one that was cut: what was read is no part of it.
  const bool another = size < read_ || now.st_ino != inode_;
  if (another) {
    whole_.clear();
    whole_bytes_ = 0;
    partial_.clear();
    read_ = 0;
    inode_ = now.st_ino;
  } else if (size == read_) {
    return;
  }
  bool cut = false;  // the first line read is not whole
  if (size - read_ > kMostBytes) {
    whole_.clear();
    whole_bytes_ = 0;
    partial_.clear();
    read_ = size - kMostBytes;
    cut = true;
  }
  const std::string text = ReadRange(file.get(), read_, size);
  read_ += text.size();
  std::size_t from = 0;
  if (cut) {
    const std::size_t end = text.find('\n');
    from = end == std::string::npos ? 0 : end + 1;
  }
  for (std::size_t end = text.find('\n', from); end != std::string::npos;
       end = text.find('\n', from)) {
    partial_.append(text, from, end - from);
    AddLine(std::exchange(partial_, {}));
    from = end + 1;
  }
  partial_.append(text, from);
  // A line that never ends.
  if (partial_.size() > kMostBytes) partial_.erase(0, partial_.size() - kMostBytes);

  auto lines = std::make_shared<std::vector<std::string>>(whole_.begin(), whole_.end());
  if (!partial_.empty()) lines->push_back(ValidUtf8(partial_));
  const std::lock_guard lock(mutex_);
  lines_ = std::move(lines);
}

void TextTail::AddLine(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  whole_.push_back(ValidUtf8(line));
  whole_bytes_ += whole_.back().size();
  while (whole_.size() > kMostLines || whole_bytes_ > kMostBytes) {
    whole_bytes_ -= whole_.front().size();
    whole_.pop_front();
  }
}

std::vector<std::size_t> FilterLines(const std::vector<std::string>& lines,
                                     std::string_view filter) {
  std::vector<std::string> wanted, unwanted;
  constexpr std::string_view kBlanks = " \t";
  for (std::size_t from = filter.find_first_not_of(kBlanks); from != std::string_view::npos;
       from = filter.find_first_not_of(kBlanks, from)) {
    const std::size_t end = std::min(filter.find_first_of(kBlanks, from), filter.size());
    const std::string_view word = filter.substr(from, end - from);
    from = end;
    if (word.size() > 1 && word.front() == '-') {
      unwanted.push_back(Lower(word.substr(1)));
    } else {
      wanted.push_back(Lower(word));
    }
  }
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto has = [&](const std::string& word) { return Contains(lines[i], word); };
    if (std::all_of(wanted.begin(), wanted.end(), has) &&
        std::none_of(unwanted.begin(), unwanted.end(), has)) {
      found.push_back(i);
    }
  }
  return found;
}

std::string ValidUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const Sequence sequence = SequenceOf(lead);
    if (sequence.length == 1) {
      const bool control = (lead < ' ' && lead != '\t') || lead == 0x7F;
      valid += control ? ' ' : text[i];
      ++i;
      continue;
    }
    std::size_t have = 1;
    while (have < sequence.length && i + have < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + have]);
      const unsigned char low = have == 1 ? sequence.second_low : 0x80;
      const unsigned char high = have == 1 ? sequence.second_high : 0xBF;
      if (next < low || next > high) break;
      ++have;
    }
    if (sequence.length != 0 && have == sequence.length) {
      valid += text.substr(i, have);
    } else {
      valid += kReplacement;
    }
    i += have;
  }
  return valid;
}

}  // namespace agon::viewer

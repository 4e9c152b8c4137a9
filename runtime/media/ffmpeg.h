// SPDX-License-Identifier: Apache-2.0
// Owners for everything that FFmpeg allocates, and its errors as text. No other file frees anything
// of FFmpeg's. Private to this folder.
//
//   Frame frame = NewFrame();
//   Check(avcodec_receive_frame(decoder.get(), frame.get()), "horse.mp4: cannot be decoded");
//
// Thread safety: owners are plain values; one thread at a time.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "runtime/base/error.h"

namespace agon::media {

// Calls free_by_pointer(&object), as most of FFmpeg's functions want it.
template <auto free_by_pointer>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    free_by_pointer(&object);
  }
};

// Calls free_directly(object).
template <auto free_directly>
struct DirectDeleter {
  template <class T>
  void operator()(T* object) const noexcept {
    free_directly(object);
  }
};

// A demuxer, and the file it reads where that was opened by us (AVFMT_FLAG_CUSTOM_IO).
struct InputDeleter {
  void operator()(AVFormatContext* context) const noexcept {
    AVIOContext* io = (context->flags & AVFMT_FLAG_CUSTOM_IO) != 0 ? context->pb : nullptr;
    avformat_close_input(&context);
    avio_closep(&io);
  }
};

// A muxer and its file, closed without a word: who cares whether the last bytes reached the disk
// calls avio_closep itself and looks at what it returns.
struct OutputDeleter {
  void operator()(AVFormatContext* context) const noexcept {
    if (context->pb != nullptr && (context->oformat->flags & AVFMT_NOFILE) == 0) {
      avio_closep(&context->pb);
    }
    avformat_free_context(context);
  }
};

using InputContext = std::unique_ptr<AVFormatContext, InputDeleter>;
using OutputContext = std::unique_ptr<AVFormatContext, OutputDeleter>;
using IoContext = std::unique_ptr<AVIOContext, Deleter<avio_closep>>;
using CodecContext = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using CodecParameters = std::unique_ptr<AVCodecParameters, Deleter<avcodec_parameters_free>>;
using BitstreamFilter = std::unique_ptr<AVBSFContext, Deleter<av_bsf_free>>;
using Frame = std::unique_ptr<AVFrame, Deleter<av_frame_free>>;
using Packet = std::unique_ptr<AVPacket, Deleter<av_packet_free>>;
using BufferPool = std::unique_ptr<AVBufferPool, Deleter<av_buffer_pool_uninit>>;
using Scaler = std::unique_ptr<SwsContext, DirectDeleter<sws_freeContext>>;

// A dictionary of options; FFmpeg's functions take &options.get_ref() and leave in it what they did
// not know.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dictionary_); }

  void Set(const char* key, const std::string& value) {
    if (av_dict_set(&dictionary_, key, value.c_str(), 0) < 0) throw std::bad_alloc();
  }
  [[nodiscard]] AVDictionary*& get_ref() { return dictionary_; }
  // The first key that is left; empty when all were taken.
  [[nodiscard]] std::string Unused() const {
    const AVDictionaryEntry* entry = av_dict_get(dictionary_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
    return entry != nullptr ? entry->key : "";
  }

 private:
  AVDictionary* dictionary_ = nullptr;
};

// A file in memory, to try a muxer on; what was written is thrown away.
class DynamicBuffer {
 public:
  DynamicBuffer() {
    if (avio_open_dyn_buf(&io_) < 0) throw std::bad_alloc();
  }
  ~DynamicBuffer() {
    std::uint8_t* content = nullptr;
    avio_close_dyn_buf(io_, &content);
    av_free(content);
  }
  DynamicBuffer(const DynamicBuffer&) = delete;
  DynamicBuffer& operator=(const DynamicBuffer&) = delete;

  [[nodiscard]] AVIOContext* get() const { return io_; }

 private:
  AVIOContext* io_ = nullptr;
};

[[nodiscard]] inline Frame NewFrame() {
  Frame frame(av_frame_alloc());
  if (frame == nullptr) throw std::bad_alloc();
  return frame;
}

[[nodiscard]] inline Packet NewPacket() {
  Packet packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

// What FFmpeg's code of an error means: "Invalid data found when processing input".
[[nodiscard]] inline std::string ErrorText(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  if (av_strerror(code, text, sizeof(text)) < 0) return "error " + std::to_string(code);
  return text;
}

// Throws Error(kind) "what: FFmpeg's reason" when `code` is an error; returns it otherwise.
inline int Check(int code, std::string_view what, ErrorKind kind = ErrorKind::kData) {
  if (code < 0) Fail(kind, "{}: {}", what, ErrorText(code));
  return code;
}

}  // namespace agon::media

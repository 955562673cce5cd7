// CRC-32C (Castagnoli's polynomial, reflected: 0x82F63B78; RFC 3720, appendix B.4), by the processor where it can.
#include "CKernels.h"

#include <string.h>

// What four bits that are shifted out add: enough for files that are written once an epoch.
__attribute__((unused)) static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t count) {
  static const uint32_t nibble[16] = {
      0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
      0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    crc = crc >> 4 ^ nibble[crc & 15];
    crc = crc >> 4 ^ nibble[crc & 15];
  }
  return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

// Eight bytes an instruction (SSE4.2).
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint64_t wide = crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = (uint32_t)wide;
  for (; count > 0; bytes++, count--) crc = _mm_crc32_u8(crc, *bytes);
  return crc;
}
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32cd(crc, word);
  }
  for (; count > 0; bytes++, count--) crc = __crc32cb(crc, *bytes);
  return crc;
}
#endif

uint32_t ck_crc32c(ck_isa isa, uint32_t crc, const uint8_t *bytes, size_t count) {
  // Every processor with AVX2 has SSE4.2; an Arm one has the instruction if the compiler may use it.
#if defined(__x86_64__)
  if (isa != CK_ISA_SCALAR) return ~by_instruction(~crc, bytes, count);
#elif defined(__ARM_FEATURE_CRC32)
  (void)isa;
  return ~by_instruction(~crc, bytes, count);
#else
  (void)isa;
#endif
  return ~by_table(~crc, bytes, count);
}

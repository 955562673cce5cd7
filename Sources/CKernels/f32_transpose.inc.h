// [rows][cols] -> [cols][rows] by blocks of 8 x 8 in registers, at every width: narrower than that is only the memory.

// Row k of the block becomes its column k.
CK_INLINE void transpose_block(__m256 r[8]) {
  __m256 pairs[8], quads[8];
  for (int k = 0; k < 8; k += 2) {
    pairs[k] = _mm256_unpacklo_ps(r[k], r[k + 1]);
    pairs[k + 1] = _mm256_unpackhi_ps(r[k], r[k + 1]);
  }
  for (int k = 0; k < 8; k += 4) {
    quads[k] = _mm256_shuffle_ps(pairs[k], pairs[k + 2], 0x44);
    quads[k + 1] = _mm256_shuffle_ps(pairs[k], pairs[k + 2], 0xEE);
    quads[k + 2] = _mm256_shuffle_ps(pairs[k + 1], pairs[k + 3], 0x44);
    quads[k + 3] = _mm256_shuffle_ps(pairs[k + 1], pairs[k + 3], 0xEE);
  }
  for (int k = 0; k < 4; k++) {
    r[k] = _mm256_permute2f128_ps(quads[k], quads[k + 4], 0x20);
    r[k + 4] = _mm256_permute2f128_ps(quads[k], quads[k + 4], 0x31);
  }
}

static const int32_t first_of_block[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

CK_INLINE void transpose_some(const float *a, int64_t rows, int64_t cols, int32_t height, int32_t width, float *b) {
  const __m256i across = _mm256_loadu_si256((const __m256i *)(first_of_block + 8 - width));
  __m256 r[8];
  for (int k = 0; k < 8; k++) r[k] = k < height ? _mm256_maskload_ps(a + k * cols, across) : _mm256_setzero_ps();
  transpose_block(r);
  for (int k = 0; k < width; k++) v8_store(b + k * rows, height, r[k]);
}

void CK_NAME(transpose)(const float *a, int32_t rows, int32_t cols, float *b) {
  for (int32_t r = 0; r < rows; r += 8) {
    for (int32_t c = 0; c < cols; c += 8) {
      const float *from = a + (int64_t)r * cols + c;
      float *to = b + (int64_t)c * rows + r;
      if (r + 8 > rows || c + 8 > cols) {
        transpose_some(from, rows, cols, ck_min(8, rows - r), ck_min(8, cols - c), to);
        continue;
      }
      __m256 block[8];
      for (int k = 0; k < 8; k++) block[k] = _mm256_loadu_ps(from + (int64_t)k * cols);
      transpose_block(block);
      for (int k = 0; k < 8; k++) _mm256_storeu_ps(to + (int64_t)k * rows, block[k]);
    }
  }
}

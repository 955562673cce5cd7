// What merges of values need beside `add` and `multiply`.

void CK_NAME(subtract)(const float *a, const float *b, int64_t count, float *y) {
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_sub(v_load(a + i, n), v_load(b + i, n))); });
}

void CK_NAME(maximum)(const float *a, const float *b, int64_t count, float *y) {
  CK_SWEEP(i, n, count, {
    vec first = v_load(a + i, n);
    // v_max keeps a NaN of its second operand alone.
    v_store(y + i, n, v_select(m_numbers(first, first), v_max(first, v_load(b + i, n)), first));
  });
}

void CK_NAME(maximum_gradient)(const float *a, const float *b, const float *dy, int64_t count, int32_t of_first,
                               float *dx) {
  const vec zero = v_set(0);
  CK_SWEEP(i, n, count, {
    mask second_won = m_not_le(v_load(b + i, n), v_load(a + i, n));
    vec gradient = v_load(dy + i, n);
    v_store(dx + i, n, of_first ? v_select(second_won, zero, gradient) : v_select(second_won, gradient, zero));
  });
}

void CK_NAME(row_sum)(const float *a, int64_t rows, int32_t c, float *sums) {
  for (int64_t row = 0; row < rows; row++, a += c) {
    vec sum = v_set(0);
    CK_SWEEP(i, n, c, { sum = v_add(sum, v_load(a + i, n)); });
    sums[row] += v_sum(sum);
  }
}

// Penalties on weights. Gradients are not fused, so all instruction sets agree on them bit for bit.

double CK_NAME(penalty)(const float *w, int64_t count, float l1, float l2, float *g) {
  const vec zero = v_set(0), up = v_set(l1), down = v_set(-l1), slope = v_set(2 * l2);
  dvec sizes = d_set(0), low = d_set(0), high = d_set(0);
  CK_SWEEP(i, n, count, {
    const vec weight = v_load(w + i, n);
    const vec size = v_abs(weight);
    sizes = d_add(sizes, d_add(d_low(size), d_high(size)));
    low = d_fma(d_low(size), d_low(size), low);
    high = d_fma(d_high(size), d_high(size), high);
    if (g) {
      vec sign = v_select(m_gt(weight, zero), up, v_select(m_gt(zero, weight), down, zero));
      v_store(g + i, n, v_add(v_load(g + i, n), v_add(sign, v_mul(slope, weight))));
    }
  });
  return (double)l1 * d_sum(sizes) + (double)l2 * d_sum(d_add(low, high));
}

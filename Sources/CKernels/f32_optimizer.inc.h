// One sweep over weights, their state and their gradient. Square root and division are exact on every instruction
// set and nothing is fused, so all of them agree bit for bit.

void CK_NAME(sgd)(float *w, float *v, const float *g, int64_t count, float lr, float momentum, int32_t nesterov) {
  const vec rate = v_set(lr), keep = v_set(momentum);
  if (momentum == 0) {
    CK_SWEEP(i, n, count, { v_store(w + i, n, v_sub(v_load(w + i, n), v_mul(rate, v_load(g + i, n)))); });
    return;
  }
  CK_SWEEP(i, n, count, {
    vec step = v_mul(rate, v_load(g + i, n));
    vec velocity = v_sub(v_mul(keep, v_load(v + i, n)), step);
    v_store(v + i, n, velocity);
    if (nesterov) velocity = v_sub(v_mul(keep, velocity), step);
    v_store(w + i, n, v_add(v_load(w + i, n), velocity));
  });
}

void CK_NAME(adam)(float *w, float *m, float *v, const float *g, int64_t count, float alpha, float one_minus_b1,
                   float one_minus_b2, float eps) {
  CK_SWEEP(i, n, count, {
    vec gradient = v_load(g + i, n);
    vec first = v_load(m + i, n);
    vec second = v_load(v + i, n);
    first = v_add(first, v_mul(v_sub(gradient, first), v_set(one_minus_b1)));
    second = v_add(second, v_mul(v_sub(v_mul(gradient, gradient), second), v_set(one_minus_b2)));
    v_store(m + i, n, first);
    v_store(v + i, n, second);
    vec step = v_div(v_mul(v_set(alpha), first), v_add(v_sqrt(second), v_set(eps)));
    v_store(w + i, n, v_sub(v_load(w + i, n), step));
  });
}

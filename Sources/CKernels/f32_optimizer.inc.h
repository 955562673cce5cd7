// One sweep over weights, their state and their gradient. Square root and division are exact on every instruction
// set and nothing is fused, so all of them agree bit for bit.
//
// Each rule is a text that finds `weight`, `gradient`, i and n, and stores what it changes. It is compiled twice: as it
// is, and behind clipping and weight decay.
#include <math.h>

#define CK_UPDATE(...)                                                                  \
  do {                                                                                  \
    const vec rate = v_set(u->rate);                                                    \
    if (u->scale == 1 && u->limit == INFINITY && u->decay == 0) {                       \
      CK_SWEEP(i, n, count, {                                                           \
        vec gradient = v_load(g + i, n);                                                \
        vec weight = v_load(w + i, n);                                                  \
        __VA_ARGS__                                                                     \
      });                                                                               \
    } else {                                                                            \
      const vec high = v_set(u->limit), low = v_set(-u->limit), scale = v_set(u->scale); \
      const vec decay = v_set(u->decay);                                                \
      CK_SWEEP(i, n, count, {                                                           \
        vec gradient = v_mul(v_load(g + i, n), scale);                                  \
        gradient = v_min(v_max(gradient, low), high);                                   \
        vec weight = v_load(w + i, n);                                                  \
        weight = v_sub(weight, v_mul(v_mul(weight, decay), rate));                      \
        __VA_ARGS__                                                                     \
      });                                                                               \
    }                                                                                   \
  } while (0)

// a + (b - a) * share
CK_INLINE vec moved(vec a, vec b, float share) { return v_add(a, v_mul(v_sub(b, a), v_set(share))); }

void CK_NAME(sgd)(float *w, float *v, const float *g, int64_t count, const ck_update *u, float momentum,
                  int32_t nesterov) {
  if (momentum == 0) {
    CK_UPDATE({ v_store(w + i, n, v_sub(weight, v_mul(rate, gradient))); });
    return;
  }
  const vec keep = v_set(momentum);
  CK_UPDATE({
    vec step = v_mul(rate, gradient);
    vec velocity = v_sub(v_mul(keep, v_load(v + i, n)), step);
    v_store(v + i, n, velocity);
    if (nesterov) velocity = v_sub(v_mul(keep, velocity), step);
    v_store(w + i, n, v_add(weight, velocity));
  });
}

void CK_NAME(adam)(float *w, float *m, float *v, float *most, const float *g, int64_t count, const ck_update *u,
                   float alpha, float one_minus_b1, float one_minus_b2, float eps) {
  if (most) {
    CK_UPDATE({
      vec first = moved(v_load(m + i, n), gradient, one_minus_b1);
      vec second = moved(v_load(v + i, n), v_mul(gradient, gradient), one_minus_b2);
      v_store(m + i, n, first);
      v_store(v + i, n, second);
      second = v_max(second, v_load(most + i, n));
      v_store(most + i, n, second);
      v_store(w + i, n, v_sub(weight, v_div(v_mul(v_set(alpha), first), v_add(v_sqrt(second), v_set(eps)))));
    });
    return;
  }
  CK_UPDATE({
    vec first = moved(v_load(m + i, n), gradient, one_minus_b1);
    vec second = moved(v_load(v + i, n), v_mul(gradient, gradient), one_minus_b2);
    v_store(m + i, n, first);
    v_store(v + i, n, second);
    v_store(w + i, n, v_sub(weight, v_div(v_mul(v_set(alpha), first), v_add(v_sqrt(second), v_set(eps)))));
  });
}

void CK_NAME(nadam)(float *w, float *m, float *v, const float *g, int64_t count, const ck_update *u,
                    const ck_nadam *a) {
  CK_UPDATE({
    vec first = moved(v_load(m + i, n), gradient, a->one_minus_b1);
    vec second = moved(v_load(v + i, n), v_mul(gradient, gradient), a->one_minus_b2);
    v_store(m + i, n, first);
    v_store(v + i, n, second);
    vec ahead = v_add(v_mul(v_set(a->mean_share), first), v_mul(v_set(a->gradient_share), gradient));
    vec spread = v_sqrt(v_mul(second, v_set(a->square_share)));
    v_store(w + i, n, v_sub(weight, v_div(v_mul(ahead, rate), v_add(spread, v_set(a->eps)))));
  });
}

void CK_NAME(rmsprop)(float *w, float *s, float *mean, float *v, const float *g, int64_t count, const ck_update *u,
                      float rho, float one_minus_rho, float momentum, float eps) {
  const vec keep = v_set(rho), take = v_set(one_minus_rho);
  CK_UPDATE({
    vec square = v_add(v_mul(keep, v_load(s + i, n)), v_mul(take, v_mul(gradient, gradient)));
    v_store(s + i, n, square);
    if (mean) {
      vec centre = v_add(v_mul(keep, v_load(mean + i, n)), v_mul(take, gradient));
      v_store(mean + i, n, centre);
      square = v_max(v_sub(square, v_mul(centre, centre)), v_set(0));
    }
    vec step = v_div(v_mul(rate, gradient), v_sqrt(v_add(square, v_set(eps))));
    if (v) {
      step = v_add(v_mul(v_set(momentum), v_load(v + i, n)), step);
      v_store(v + i, n, step);
    }
    v_store(w + i, n, v_sub(weight, step));
  });
}

void CK_NAME(adagrad)(float *w, float *s, const float *g, int64_t count, const ck_update *u, float eps) {
  CK_UPDATE({
    vec square = v_add(v_load(s + i, n), v_mul(gradient, gradient));
    v_store(s + i, n, square);
    v_store(w + i, n, v_sub(weight, v_div(v_mul(rate, gradient), v_sqrt(v_add(square, v_set(eps))))));
  });
}

void CK_NAME(lion)(float *w, float *m, const float *g, int64_t count, const ck_update *u, float b1, float one_minus_b1,
                   float b2, float one_minus_b2) {
  const vec zero = v_set(0), down = v_set(-u->rate);
  CK_UPDATE({
    vec first = v_load(m + i, n);
    vec way = v_add(v_mul(first, v_set(b1)), v_mul(gradient, v_set(one_minus_b1)));
    vec step = v_select(m_gt(way, zero), rate, v_select(m_gt(zero, way), down, zero));
    v_store(m + i, n, v_add(v_mul(first, v_set(b2)), v_mul(gradient, v_set(one_minus_b2))));
    v_store(w + i, n, v_sub(weight, step));
  });
}

void CK_NAME(moving_average)(float *average, const float *w, int64_t count, float keep) {
  const vec kept = v_set(keep), taken = v_set(1 - keep);
  CK_SWEEP(i, n, count, {
    v_store(average + i, n, v_add(v_mul(kept, v_load(average + i, n)), v_mul(taken, v_load(w + i, n))));
  });
}

void CK_NAME(mean_gradient)(float *g, float *sum, int64_t count, float batches) {
  CK_SWEEP(i, n, count, {
    v_store(g + i, n, v_div(v_add(v_load(g + i, n), v_load(sum + i, n)), v_set(batches)));
    v_store(sum + i, n, v_set(0));
  });
}

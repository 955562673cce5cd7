#ifndef CK_F32_MATH_INC_H
#define CK_F32_MATH_INC_H

// Elementary functions on vectors. Polynomials are those of Cephes (S. Moshier) in single precision; `exp` is within
// 2 ulp over the whole range, denormal results included.

// exp(x) = 2^n * (1 + t), n an integer, t = exp(r) - 1 with |r| <= ln(2)/2.
typedef struct {
  vec n, t;
} reduced_exp;

CK_INLINE reduced_exp v_reduced_exp(vec x) {
  vec n = v_round(v_mul(x, v_set(1.44269504088896341f)));
  vec r = v_fnma(n, v_set(0.693359375f), x);  // ln(2) in two parts, the first short enough for n * part to be exact
  r = v_fnma(n, v_set(-2.12194440e-4f), r);
  vec q = v_set(1.9875691500e-4f);
  q = v_fma(q, r, v_set(1.3981999507e-3f));
  q = v_fma(q, r, v_set(8.3334519073e-3f));
  q = v_fma(q, r, v_set(4.1665795894e-2f));
  q = v_fma(q, r, v_set(1.6666665459e-1f));
  q = v_fma(q, r, v_set(5.0000001201e-1f));
  return (reduced_exp){n, v_fma(q, v_mul(r, r), r)};
}

// Beyond the limits the result is 0 or infinite. 2^n is applied in two halves, each of which is a normal float.
CK_INLINE vec v_exp(vec x) {
  x = v_min(v_set(89), v_max(v_set(-104), x));
  reduced_exp e = v_reduced_exp(x);
  vec half = v_round(v_mul(e.n, v_set(0.5f)));
  vec m = v_mul(v_add(v_set(1), e.t), v_power_of_two(half));
  return v_mul(m, v_power_of_two(v_sub(e.n, half)));
}

// exp(x) - 1 without cancellation; for x <= 88.
CK_INLINE vec v_expm1(vec x) {
  reduced_exp e = v_reduced_exp(v_min(v_set(88), v_max(v_set(-87), x)));
  vec power = v_power_of_two(e.n);
  return v_fma(power, e.t, v_sub(power, v_set(1)));
}

// log(1 + e) for 0 <= e <= 1: the logarithm of the rounded sum, then what the rounding lost.
CK_INLINE vec v_log1p(vec e) {
  vec u = v_add(v_set(1), e);
  mask large = m_gt(u, v_set(1.41421356f));
  vec f = v_sub(v_select(large, v_mul(u, v_set(0.5f)), u), v_set(1));
  vec z = v_mul(f, f);
  vec q = v_set(7.0376836292e-2f);
  q = v_fma(q, f, v_set(-1.1514610310e-1f));
  q = v_fma(q, f, v_set(1.1676998740e-1f));
  q = v_fma(q, f, v_set(-1.2420140846e-1f));
  q = v_fma(q, f, v_set(1.4249322787e-1f));
  q = v_fma(q, f, v_set(-1.6668057665e-1f));
  q = v_fma(q, f, v_set(2.0000714765e-1f));
  q = v_fma(q, f, v_set(-2.4999993993e-1f));
  q = v_fma(q, f, v_set(3.3333331174e-1f));
  vec log = v_add(f, v_fma(z, v_set(-0.5f), v_mul(q, v_mul(f, z))));
  log = v_add(log, v_select(large, v_set(0.693147180559945f), v_set(0)));
  return v_add(log, v_div(v_sub(e, v_sub(u, v_set(1))), u));
}

// From exp(-|x|), so that neither tail loses digits.
CK_INLINE vec v_sigmoid(vec x) {
  vec e = v_exp(v_sub(v_set(0), v_abs(x)));
  vec share = v_div(v_set(1), v_add(v_set(1), e));
  return v_select(m_gt(v_set(0), x), v_mul(e, share), share);
}

CK_INLINE vec v_tanh(vec x) {
  vec a = v_abs(x), z = v_mul(x, x);
  vec q = v_set(-5.70498872745e-3f);
  q = v_fma(q, z, v_set(2.06390887954e-2f));
  q = v_fma(q, z, v_set(-5.37397155531e-2f));
  q = v_fma(q, z, v_set(1.33314422036e-1f));
  q = v_fma(q, z, v_set(-3.33332819422e-1f));
  vec small = v_fma(v_mul(q, z), x, x);
  vec large = v_sub(v_set(1), v_div(v_set(2), v_add(v_exp(v_add(a, a)), v_set(1))));
  large = v_select(m_gt(v_set(0), x), v_sub(v_set(0), large), large);
  return v_select(m_gt(a, v_set(0.625f)), large, small);
}

// The normal distribution's upper tail at |x|: Abramowitz & Stegun 7.1.26, absolute error below 7.5e-8.
// *density gets exp(-x^2 / 2).
CK_INLINE vec v_normal_tail(vec x, vec *density) {
  vec a = v_abs(x);
  vec t = v_div(v_set(1), v_fma(a, v_set(0.3275911f * 0.70710678f), v_set(1)));
  vec q = v_set(0.5f * 1.061405429f);
  q = v_fma(q, t, v_set(0.5f * -1.453152027f));
  q = v_fma(q, t, v_set(0.5f * 1.421413741f));
  q = v_fma(q, t, v_set(0.5f * -0.284496736f));
  q = v_fma(q, t, v_set(0.5f * 0.254829592f));
  *density = v_exp(v_mul(v_mul(a, a), v_set(-0.5f)));
  return v_mul(v_mul(q, t), *density);
}

#endif

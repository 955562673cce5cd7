#ifndef CK_F32_MATH_INC_H
#define CK_F32_MATH_INC_H

// Elementary functions on vectors. Polynomials are those of Cephes (S. Moshier) in single precision; `exp` is within
// 2 ulp over the whole range, denormal results included.

// exp(x) = 2^n * (1 + t), n an integer, t = exp(r) - 1 with |r| <= ln(2)/2.
typedef struct {
  vec n, t;
} reduced_exp;

// x in two parts, the second at most 0.1: for arguments that one float rounds too far.
CK_INLINE reduced_exp v_reduced_exp_of_sum(vec x, vec rest) {
  vec n = v_round(v_mul(x, v_set(1.44269504088896341f)));
  vec r = v_fnma(n, v_set(0.693359375f), x);  // ln(2) in two parts, the first short enough for n * part to be exact
  r = v_add(v_fnma(n, v_set(-2.12194440e-4f), r), rest);
  vec q = v_set(1.9875691500e-4f);
  q = v_fma(q, r, v_set(1.3981999507e-3f));
  q = v_fma(q, r, v_set(8.3334519073e-3f));
  q = v_fma(q, r, v_set(4.1665795894e-2f));
  q = v_fma(q, r, v_set(1.6666665459e-1f));
  q = v_fma(q, r, v_set(5.0000001201e-1f));
  return (reduced_exp){n, v_fma(q, v_mul(r, r), r)};
}
CK_INLINE reduced_exp v_reduced_exp(vec x) { return v_reduced_exp_of_sum(x, v_set(0)); }

CK_INLINE vec v_expanded(reduced_exp e) { return v_scale(v_add(v_set(1), e.t), e.n); }

// Beyond the limits the result is 0 or infinite.
CK_INLINE vec v_exp(vec x) { return v_expanded(v_reduced_exp(v_min(v_set(89), v_max(v_set(-104), x)))); }

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
  vec small = v_select(m_gt(a, v_set(0)), v_fma(v_mul(q, z), x, x), x);  // -0 stays what it is
  vec large = v_sub(v_set(1), v_div(v_set(2), v_add(v_exp(v_add(a, a)), v_set(1))));
  large = v_select(m_gt(v_set(0), x), v_sub(v_set(0), large), large);
  return v_select(m_gt(a, v_set(0.625f)), large, small);
}

// The normal distribution's upper tail at a, 0 <= a <= 20: exp(-a^2 / 2) * P(q) / (1 + 1.5 a), q = (a - 3) / (a + 3).
// P is the Chebyshev series of (1 + 1.5 a) exp(a^2 / 2) * tail over q in [-1, 1], which is all of a, cut after q^10;
// its relative error is below 2^-24. Relative error of the whole: below 6e-7, tail of the tail included.
// *density gets exp(-a^2 / 2), with a^2 in two parts: a rounded to seven bits behind the point, and the rest.
CK_INLINE vec v_normal_tail(vec a, vec *density) {
  vec q = v_div(v_sub(a, v_set(3)), v_add(a, v_set(3)));
  vec p = v_set(9.56455333e-05f);
  p = v_fma(p, q, v_set(3.45922308e-05f));
  p = v_fma(p, q, v_set(-0.000775941997f));
  p = v_fma(p, q, v_set(-0.000388694403f));
  p = v_fma(p, q, v_set(0.0049749082f));
  p = v_fma(p, q, v_set(0.000298616185f));
  p = v_fma(p, q, v_set(-0.0371532105f));
  p = v_fma(p, q, v_set(0.0908509493f));
  p = v_fma(p, q, v_set(-0.0862614065f));
  p = v_fma(p, q, v_set(-0.0415887572f));
  p = v_fma(p, q, v_set(0.668326735f));
  vec coarse = v_mul(v_round(v_mul(a, v_set(128))), v_set(0x1p-7f));
  vec square = v_max(v_set(-104), v_mul(v_mul(coarse, coarse), v_set(-0.5f)));
  vec rest = v_mul(v_mul(v_sub(coarse, a), v_add(coarse, a)), v_set(0.5f));
  *density = v_expanded(v_reduced_exp_of_sum(square, rest));
  return v_mul(v_div(p, v_fma(a, v_set(1.5f), v_set(1))), *density);
}

#endif

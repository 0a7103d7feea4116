"""The derivations hold: step by step, for general N, and against SymPy's own derivatives at concrete N."""

import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_allclose

import stable_softmax as ss
from stable_softmax import symbolic as sym
from stable_softmax.jacobian import softmax_jacobian, softmax_layer_jacobian
from stable_softmax.symbolic import N, Z, a, delta, i, j, k, p, same, t, w, x, y

SIZES = [1, 2, 3, 4]


# Tools


def test_symbols_have_the_assumptions_that_the_derivations_use():
    assert all(index.is_integer and index.is_positive for index in (N, sym.D, i, j, k, t, sym.d))
    assert all(symbol.is_real for symbol in (a[i], x[j], w[i, j], sym.log_C, sym.a_max))
    assert p[i].is_positive and sym.C.is_positive
    assert y[i].is_nonnegative and not y[i].is_positive, "a target may be 0"


def test_same_refuses_what_is_not_equal():
    assert not same(p[i], p[j])
    assert not same(1, 0) and not same(1 / p[i], 0)
    assert not same(sym.softmax_entry(i), 2 * p[i])
    assert not same(sp.Sum(y[i], (i, 1, N)), 1), "targets sum to 1 only by assumption"
    assert not same(sp.Matrix([1, 2]), sp.Matrix([1, 3]))
    assert not same(sp.Matrix([1, 2]), sp.Matrix([[1, 2]]))
    assert not same([p[i], p[j]], sp.Matrix([p[i], p[k]]))


def test_same_compares_matrices_with_lists():
    assert same(sp.Matrix([p[i], 2]), [sym.softmax_entry(i), 2])
    assert same([sym.softmax_entry(i), 2], sp.Matrix([p[i], 2]))


def test_probabilities_sum_to_one():
    assert same(sp.Sum(p[i], (i, 1, N)), 1)
    assert same(sp.Sum(p[k], (k, 1, N)), 1), "also when the sum's own index is the denominator's"


def test_same_distinguishes_a_single_sign_in_a_matrix():
    jacobian = sym.softmax_jacobian(sym.vector(a, 3))
    flipped = jacobian.as_mutable()
    flipped[2, 1] *= -1
    assert not same(jacobian, flipped)


def test_a_number_has_the_derivative_zero():
    assert sym.differentiate(5, a[j]) == 0


def test_differentiate_rejects_a_bound_index():
    with pytest.raises(
        ValueError, match=r"variable a\[k\] has the index k, over which .*; differentiate with respect to another"
    ):
        sym.differentiate(sp.log(Z), a[k])


def test_sympy_is_wrong_about_a_bound_index():
    """The reason for that refusal: SymPy takes the two k for one and forgets the delta."""
    assert sp.diff(Z, a[k]) == Z


def test_sift_handles_nested_and_two_index_sums():
    nested = sp.Sum(sp.Sum(delta(i, j) * delta(k, t) * w[i, k], (i, 1, N)), (k, 1, N))
    double = sp.Sum(delta(i, j) * delta(k, t) * w[i, k], (i, 1, N), (k, 1, N))
    assert sym.sift(nested) == sym.sift(double) == w[j, t]


def test_sift_leaves_sums_without_a_delta_as_they_are_but_for_constant_factors():
    ones = sp.Sum(1, (i, 1, N))
    assert sym.sift(ones) == ones, "not N: nothing is summed but deltas"
    assert sym.sift(sp.Sum(3 * p[j], (i, 1, N))) == 3 * p[j] * ones
    assert sym.sift(5) == 5
    assert sym.sift(sp.Sum(y[i] * w[i, k], (i, 1, N), (k, 1, N))) == sp.Sum(y[i] * w[i, k], (i, 1, N), (k, 1, N))


def test_sift_multiplies_out_what_was_kept_as_a_product():
    kept = sp.Sum(sp.Mul(-y[i] / p[i], p[i] * (delta(i, j) - p[j]), evaluate=False), (i, 1, N))
    assert sym.sift(kept) == p[j] * sp.Sum(y[i], (i, 1, N)) - y[j]


def test_written_out_and_in_p_are_opposites():
    expression = p[i] * (delta(i, j) - p[j])
    assert sym.in_p(sym.written_out(expression)) == expression
    assert sym.in_p(sp.exp(2 * a[i] + a[j]) / Z**3) == p[i] ** 2 * p[j]
    assert sym.in_p(sp.exp(a[i] / 2) / sp.sqrt(Z)) == sp.sqrt(p[i])
    assert sym.in_p(sp.exp(x[1])) == sp.exp(x[1]), "only e^{a_i} are turned into p_i"
    assert sym.in_p(sp.log(Z)) == sp.log(Z)


def test_log_c_stands_for_the_logarithm_of_c():
    assert same(sp.exp(sym.log_C), sym.C)
    assert not same(sym.log_C, sym.C)


def test_use_total_one_touches_the_named_sum_only():
    other = sp.Sum(p[i], (i, 1, N))
    assert sym.use_total_one(sp.Sum(y[k], (k, 1, N)) + other) == 1 + other
    assert sym.use_total_one(other, p) == 1
    for kept in (
        sp.Sum(y[i] ** 2, (i, 1, N)),
        sp.Sum(y[j], (i, 1, N)),
        sp.Sum(y[i], (i, 2, N)),
        sp.Sum(y[i], (i, 1, N - 1)),
        sp.Sum(y[i], (i, 1, N), (k, 1, N)),
        sp.Sum(y[k], (i, 1, N), (k, 1, N)),
    ):
        assert sym.use_total_one(kept) == kept


def test_at_rejects_unknown_names_and_indices_out_of_range():
    with pytest.raises(ValueError, match="numbers must be given for N, D, i, j, k, t, d or some of them, got 'q'"):
        sym.at(p[i], q=1)
    with pytest.raises(ValueError, match="i must lie in 1 to 3, got 4"):
        sym.at(p[i], N=3, i=4)
    with pytest.raises(ValueError, match="j must lie in 1 to oo, got 0"):
        sym.at(p[j], j=0)


def test_as_function_checks_its_arrays():
    function = sym.as_function(sym.softmax(sym.vector(a, 2)), sym.vector(a, 2))
    with pytest.raises(TypeError, match="arrays must be 1, one for each column of variables, got 2"):
        function([1, 2], [3])
    with pytest.raises(ValueError, match="array 0 must have 2 entries, got 3"):
        function([1, 2, 3])
    assert function([1, 2]).shape == (2,)


def test_as_function_returns_a_number_a_vector_or_a_matrix():
    column = sym.vector(a, 2)
    for expression, shape in (
        (sym.logsumexp(column), ()),
        (sym.softmax(column), (2,)),
        (sym.softmax_jacobian(column), (2, 2)),
    ):
        assert np.shape(sym.as_function(expression, column)([1, 2])) == shape
    assert sym.as_function(sp.Matrix([[a[1], a[2]]]), column)([1, 2]).tolist() == [[1, 2]]


# General N


def test_shift_identity_every_step():
    steps = sym.shift_identity()
    assert len(set(steps)) == 4, "the steps differ in form"
    for step in steps:
        assert same(steps.original, step)
    assert steps.absorbed == sp.exp(a[i] + sym.log_C) / sp.Sum(sp.exp(a[k] + sym.log_C), (k, 1, N))
    assert steps.absorbed.has(sym.log_C) and not steps.absorbed.has(sym.C)
    assert steps.absorbed.subs(sym.log_C, -sym.a_max) == steps.by_maximum


def test_a_shift_of_one_score_alone_is_no_identity():
    assert not same(sym.softmax_entry(i).subs(a[i], a[i] + 1), sym.softmax_entry(i))


@pytest.mark.slow
def test_quotient_rule_every_step():
    rule = sym.quotient_rule()
    assert rule.numerator / rule.denominator == sym.softmax_entry(i)
    assert rule.numerator_slope == sp.exp(a[i]) * delta(i, j)
    assert rule.denominator_slope == sp.exp(a[j])
    assert same(rule.quotient, sym.differentiate(sym.softmax_entry(i), a[j]))
    assert same(rule.equal, p[i] * (1 - p[i]))
    assert same(rule.unequal, -p[i] * p[j])
    assert same(rule.quotient, rule.kronecker)
    assert same(rule.equal, rule.kronecker.subs(j, i))
    assert same(rule.unequal, rule.kronecker.subs(delta(i, j), 0))


@pytest.mark.parametrize("n", SIZES)
def test_general_n_gives_the_jacobian_at_concrete_n(n):
    jacobian = sym.softmax_jacobian(sym.vector(a, n))
    rule = sym.quotient_rule()
    assert same(sym.as_matrix(rule.quotient, n), jacobian)
    assert same(sym.as_matrix(sym.written_out(rule.kronecker), n), jacobian)
    assert same(sym.as_matrix(sym.logsumexp_rule().hessian, n), jacobian)


def test_log_softmax_rule_every_step():
    rule = sym.log_softmax_rule()
    assert same(rule.value, sp.log(p[i]))
    assert same(rule.slope, rule.kronecker)
    assert same(rule.slope * p[i], sym.quotient_rule().kronecker), "d log p = dp / p"


def test_logsumexp_rule_every_step():
    rule = sym.logsumexp_rule()
    assert same(rule.gradient, p[i])
    assert same(rule.hessian, rule.kronecker)
    assert rule.kronecker == sym.quotient_rule().kronecker


def test_cross_entropy_rule_every_step():
    rule = sym.cross_entropy_rule()
    assert same(rule.softmax_slope, sym.differentiate(sym.softmax_entry(i), a[j]))
    assert rule.loss_slope == -y[i] / p[i]
    assert set(rule.chain.function.args) == {rule.loss_slope, rule.softmax_slope}, "two factors, not multiplied out"
    assert rule.chain.limits == rule.cancelled.limits == ((i, 1, N),)
    assert same(rule.chain, rule.cancelled)
    assert same(rule.cancelled, rule.split)
    assert sym.use_total_one(rule.split) == rule.result == p[j] - y[j]
    assert not same(rule.split, rule.result), "without sum y = 1 the last step is no identity"


def test_cross_entropy_rule_against_the_loss_differentiated_at_once():
    rule = sym.cross_entropy_rule()
    slope = sym.differentiate(sym.written_out(rule.loss), a[j])
    assert same(slope, rule.split)
    assert same(sym.use_total_one(slope), rule.result)


def test_one_hot_rule_every_step():
    rule = sym.one_hot_rule()
    assert rule.loss_sum == sym.cross_entropy_rule().loss.xreplace({y[i]: rule.targets})
    assert same(rule.loss_sum, rule.loss)
    assert same(rule.loss, sp.log(Z) - a[t]), "CS231n's second form"
    assert set(rule.chain.args) == {-1 / p[t], p[t] * (delta(t, j) - p[j])}, "two factors, not multiplied out"
    assert same(rule.chain, rule.result)
    assert same(sym.differentiate(sym.written_out(rule.loss), a[j]), rule.result)
    assert same(rule.result, sym.cross_entropy_rule().result.subs(y[j], delta(j, t)))


def test_layer_rule_has_the_sums_of_the_chapter():
    rule = sym.layer_rule()
    assert rule.score == sp.Sum(w[k, sym.d] * x[sym.d], (sym.d, 1, sym.D))
    assert rule.score_slope == delta(i, k) * x[j]
    assert rule.chain == sp.Sum(rule.softmax_slope * rule.score_slope, (k, 1, N))
    assert rule.loss_chain == sp.Sum((p[t] - y[t]) * delta(i, t) * x[j], (t, 1, N))


@pytest.mark.slow
def test_layer_rule_every_step():
    rule = sym.layer_rule()
    assert rule.softmax_slope == p[t] * (delta(t, k) - p[k])
    assert same(rule.chain, rule.result)
    assert rule.result == p[t] * (delta(t, i) - p[i]) * x[j]
    assert same(rule.direct, rule.result, entry=sym.layer_entry)
    assert not same(rule.direct, -rule.result, entry=sym.layer_entry)
    assert same(rule.loss_chain, rule.loss_result)
    assert rule.loss_result == (p[i] - y[i]) * x[j]


@pytest.mark.parametrize("classes, inputs", [(2, 3), (3, 2), (1, 2)])
def test_layer_rule_gives_the_layer_jacobian_row_by_row(classes, inputs):
    entry = sym.written_out(sym.layer_rule().result, sym.layer_entry)
    expected = sp.Matrix(
        [
            [
                sym.at(entry, N=classes, D=inputs, t=row, i=out, j=into)
                for out in range(1, classes + 1)
                for into in range(1, inputs + 1)
            ]
            for row in range(1, classes + 1)
        ]
    )
    assert same(sym.layer_jacobian(classes, inputs), expected)


# Concrete N


@pytest.mark.parametrize("n", SIZES)
def test_jacobian_hessian_and_kronecker_form_agree(n):
    scores = sym.vector(a, n)
    jacobian = sym.softmax_jacobian(scores)
    assert same(jacobian, sym.kronecker_matrix(sym.softmax(scores)))
    assert same(sym.logsumexp_hessian(scores), jacobian)
    assert same(sym.gradient(sym.logsumexp(scores), scores), sym.softmax(scores))
    assert jacobian.T == jacobian
    assert same(jacobian * sp.ones(n, 1), sp.zeros(n, 1))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_jacobian_has_rank_n_minus_one_and_the_null_vector_of_ones(n):
    """Without its last row and column its determinant is the product of all probabilities, which is positive."""
    shares = sym.distribution(p, n)
    matrix = sym.kronecker_matrix(shares)
    assert same(matrix[:-1, :-1].det(), sp.Mul(*shares))
    assert same(matrix * sp.ones(n, 1), sp.zeros(n, 1))


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_gradient_collapses_for_every_soft_target(n):
    scores, targets = sym.vector(a, n), sym.distribution(y, n)
    slope = sym.gradient(sym.cross_entropy(targets, sym.softmax(scores)), scores)
    assert same(slope, sym.softmax(scores) - targets)
    if n > 1:
        free = sym.vector(y, n)
        slope = sym.gradient(sym.cross_entropy(free, sym.softmax(scores)), scores)
        assert not same(slope, sym.softmax(scores) - free), "targets that do not sum to 1"


@pytest.mark.parametrize("n", SIZES)
def test_quadratic_form_is_a_variance_and_a_sum_of_squares(n):
    steps = sym.quadratic_form(n)
    assert same(steps.form, steps.variance)
    assert same(steps.variance, steps.pairs)
    entries = [one for one in steps.form.free_symbols if getattr(one, "base", p) != p and one.is_Indexed]
    assert len(entries) == (n if n > 1 else 0) and all(entry.is_real for entry in entries)


def test_cross_entropy_needs_as_many_targets_as_probabilities():
    with pytest.raises(ValueError, match="targets must have an entry for each of the 2 probabilities, got 1"):
        sym.cross_entropy(sp.Matrix([1]), sym.vector(p, 2))


# As NumPy functions, against the numeric code


def agree(expression, numeric, *columns_and_values, rtol=1e-12):
    """The expression as a NumPy function gives what the numeric code gives."""
    columns, values = columns_and_values[::2], columns_and_values[1::2]
    symbolic = sym.as_function(expression, *columns)(*values)
    assert_allclose(np.reshape(symbolic, np.shape(numeric)), numeric, rtol=rtol, atol=1e-15)


@pytest.mark.parametrize("n", SIZES)
def test_functions_of_the_scores_agree_with_the_numeric_code(n):
    scores = np.random.default_rng(n).normal(scale=3, size=n)
    column = sym.vector(a, n)
    agree(sym.softmax(column), ss.softmax(scores), column, scores)
    agree(sym.logsumexp(column), ss.logsumexp(scores), column, scores)
    agree(sym.gradient(sym.logsumexp(column), column), ss.softmax(scores), column, scores)
    for expression in (
        sym.softmax_jacobian(column),
        sym.logsumexp_hessian(column),
        sym.kronecker_matrix(sym.softmax(column)),
        sym.as_matrix(sym.quotient_rule().quotient, n),
    ):
        agree(expression, softmax_jacobian(scores), column, scores)


@pytest.mark.parametrize("n", SIZES)
def test_general_n_rules_agree_with_the_numeric_code(n):
    scores = np.random.default_rng(n).normal(scale=3, size=n)
    column = sym.vector(a, n)
    steps, rule = sym.shift_identity(), sym.one_hot_rule()
    for index in range(1, n + 1):
        for step in steps:
            constants = {sym.a_max: 7, sym.log_C: -2, sym.C: 5}
            agree(sym.at(step, N=n, i=index).subs(constants), ss.softmax(scores)[index - 1], column, scores)
        agree(sym.at(sym.log_softmax_rule().value, N=n, i=index), ss.log_softmax(scores)[index - 1], column, scores)
        loss = sym.at(sym.written_out(rule.loss), N=n, t=index)
        agree(loss, ss.cross_entropy(scores, index - 1), column, scores)
        slope = [sym.at(sym.written_out(rule.result), N=n, j=c, t=index) for c in range(1, n + 1)]
        agree(sp.Matrix(slope), ss.cross_entropy_grad(scores, index - 1), column, scores)


def test_loss_and_gradient_agree_with_the_numeric_code_for_soft_targets():
    scores, targets = np.array([0.5, -1.0, 2.0]), np.array([0.2, 0.3, 0.5])
    columns = sym.vector(a, 3), sym.vector(y, 3)
    loss = sym.cross_entropy(columns[1], sym.softmax(columns[0]))
    agree(loss, ss.cross_entropy(scores, targets), columns[0], scores, columns[1], targets)
    agree(
        sym.gradient(loss, columns[0]), ss.cross_entropy_grad(scores, targets), columns[0], scores, columns[1], targets
    )
    result = sym.written_out(sym.cross_entropy_rule().result)
    slope = sp.Matrix([sym.at(result, N=3, j=index) for index in (1, 2, 3)])
    agree(slope, ss.cross_entropy_grad(scores, targets), columns[0], scores, columns[1], targets)


def test_layer_rules_agree_with_the_numeric_code():
    rng = np.random.default_rng(7)
    matrix, inputs, targets = rng.normal(size=(2, 3)), rng.normal(size=3), np.array([0.25, 0.75])
    columns = sym.weights(2, 3), matrix, sym.vector(x, 3), inputs
    agree(sym.layer_jacobian(2, 3), softmax_layer_jacobian(matrix, inputs), *columns)
    slope = sym.written_out(sym.layer_rule().loss_result, sym.layer_entry)
    expected = np.outer(ss.cross_entropy_grad(matrix @ inputs, targets), inputs)
    values = [[sym.at(slope, N=2, D=3, i=out, j=into) for into in (1, 2, 3)] for out in (1, 2)]
    agree(sp.Matrix(values), expected, *columns, sym.vector(y, 2), targets)


def test_worked_numbers():
    """CS231n: p = [.2, .3, .5], label 1 gives [.2, -.7, .5]. Bendersky: softmax([1, 2, 3])."""
    rule = sym.one_hot_rule()
    slope = [sym.at(rule.result, N=3, j=index, t=2).subs({p[1]: 0.2, p[2]: 0.3, p[3]: 0.5}) for index in (1, 2, 3)]
    assert_allclose(np.array(slope, dtype=float), [0.2, -0.7, 0.5], rtol=1e-14)
    softmax = sym.as_function(sym.softmax(sym.vector(a, 3)), sym.vector(a, 3))
    assert_allclose(softmax([1, 2, 3]), [0.09003057, 0.24472847, 0.66524096], atol=5e-9)

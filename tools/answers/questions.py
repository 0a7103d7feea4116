"""The questions: which cases, and how each library is asked. Libraries are imported where they are asked."""

from collections.abc import Callable
from typing import NamedTuple

from tools.answers import ask_attention as attention
from tools.answers import ask_others as others
from tools.answers import ask_samplers as samplers
from tools.answers import ask_torch as torch
from tools.answers import cases, museum


class Question(NamedTuple):
    """Something that a library is asked about several cases."""

    cases: dict  # by name, the arguments of `ask`
    ask: Callable  # returns {name: array, number or text}
    digits: int = 17  # decimal digits to store of each number
    rtol: float = 0.0  # how far an answer asked afresh may lie from the stored one
    atol: float = 0.0


#: By the library's module and the topic.
QUESTIONS = {
    ("torch", "cross-entropy"): Question(cases.LOSSES, torch.loss_and_gradient, 13, 1e-11, 1e-12),
    ("torch", "cross-entropy of special scores"): Question(cases.SPECIAL, torch.losses_and_gradients, 13, 1e-5, 1e-7),
    ("torch", "binary cross-entropy"): Question(cases.BINARY, torch.binary_loss, 13, 1e-11, 1e-12),
    ("torch", "focal loss"): Question(cases.FOCAL, torch.focal_loss, 13, 1e-9, 1e-12),
    ("torch", "distillation"): Question(cases.DISTILLATION, torch.distillation_loss, 13, 1e-11, 1e-12),
    ("torch", "the family"): Question(cases.FAMILY, torch.family, 17, 1e-3),
    ("torch", "temperature"): Question(cases.TEMPERATURES, samplers.torch_temperature),
    ("torch", "gumbel-softmax"): Question(cases.RELAXED_DRAWS, samplers.torch_gumbel_softmax, 13, 1e-11, 1e-12),
    ("torch", "many classes"): Question(cases.MANY_CLASSES, torch.many_classes, 17, 2e-3),
    ("torch", "equal scores"): Question(cases.EQUAL_SCORES, torch.equal_scores, 17, 2e-3),
    ("torch", "casts to e4m3"): Question(cases.CASTS, torch.cast),
    ("torch", "the gradient scaler"): Question({"as it comes": {}}, torch.grad_scaler),
    ("torch", "autocast"): Question({"one 0 and eight 34": {}}, torch.autocast, rtol=1e-5),
    ("torch", "back through log-probabilities"): Question(cases.BFLOAT16_ROWS, torch.back_through_logs, rtol=0.2),
    ("torch", "optimizers"): Question(cases.OPTIMIZERS, torch.optimizer_path, 17, 1e-13),
    ("torch", "a CNN"): Question(cases.CNN, torch.train_cnn, 13, 1e-9, 1e-11),
    ("torch", "ties in a pool"): Question(cases.TIES, torch.pool),
    ("torch", "attention"): Question(attention.ATTENTION, attention.torch_attention, 13, 1e-10, 1e-12),
    ("torch", "a row masked altogether"): Question(
        attention.EMPTY_ROWS_BY_KERNEL, attention.torch_attention, 9, 1e-4, 1e-6
    ),
    ("torch", "attention by hand"): Question(attention.BY_HAND, attention.torch_by_hand, 9, 1e-4, 1e-6),
    ("torch", "attention to padding alone"): Question(attention.PADDING, attention.torch_padding),
    ("torch", "session"): Question(cases.session("PyTorch"), others.session),
    ("torch", "museum"): Question(museum.cases("torch"), museum.asker("torch"), 9, 1e-5, 1e-12),
    ("jax", "gumbel noise"): Question(cases.GUMBEL_NOISE, samplers.jax_noise, rtol=1e-5),
    ("jax", "draws"): Question(cases.DRAWS, samplers.jax_draws),
    ("jax", "many classes"): Question(cases.MANY_CLASSES, others.jax_many_classes, 17, 2e-3),
    ("jax", "equal scores"): Question(cases.EQUAL_SCORES, others.jax_equal_scores, 17, 2e-3),
    ("jax", "a row masked altogether"): Question(attention.EMPTY_ROWS, attention.jax_attention, 9, 1e-4, 1e-6),
    ("jax", "attention by hand"): Question(attention.BY_HAND, attention.jax_by_hand, 9, 1e-4, 1e-6),
    ("jax", "softmax where none takes part"): Question({"as it comes": attention.ROW}, attention.jax_softmax_where),
    ("jax", "museum"): Question(museum.cases("jax"), museum.asker("jax"), 9, 1e-5, 1e-12),
    ("optax", "session"): Question(cases.session("Optax"), others.session),
    ("optax", "museum"): Question(museum.cases("optax"), museum.asker("optax"), 9, 1e-5, 1e-15),
    ("keras", "session"): Question(cases.session("Keras"), others.session),
    ("keras", "museum"): Question(museum.cases("keras"), museum.asker("keras"), 9, 1e-5, 1e-12),
    ("scipy", "many classes"): Question(cases.MANY_CLASSES, others.scipy_many_classes, 17, 2e-3),
    ("scipy", "equal scores"): Question(cases.EQUAL_SCORES, others.scipy_equal_scores, 17, 2e-3),
    ("scipy", "session"): Question(cases.session("SciPy"), others.session),
    ("scipy", "museum"): Question(museum.cases("scipy"), museum.asker("scipy"), 9, 1e-5, 1e-12),
    ("sklearn", "digits"): Question({"as shipped": {}}, others.sklearn_digits),
    ("sklearn", "session"): Question(cases.session("scikit-learn"), others.session),
}

"""How PyTorch is asked."""

import numpy as np

from tools.answers.cases import REDUCTIONS


def cross_entropy(scores, targets, weight=None, **options):
    """PyTorch's loss and the gradient of its sum, as arrays."""
    import torch

    leaf = torch.tensor(scores, requires_grad=True)
    weight = None if weight is None else torch.tensor(weight)
    loss = torch.nn.functional.cross_entropy(leaf, torch.tensor(targets), weight=weight, **options)
    loss.sum().backward()
    return loss.detach().numpy(), leaf.grad.numpy()


def loss_and_gradient(**case):
    loss, gradient = cross_entropy(**case)
    return {"loss": loss, "gradient": gradient}


def losses_and_gradients(**case):
    """With every reduction and two smoothings. Reduction "none" has the gradient of "sum", which is stored once."""
    found, of_none = {}, {}
    for reduction, smoothing in REDUCTIONS:
        loss, gradient = cross_entropy(**case, reduction=reduction, label_smoothing=smoothing)
        found[f"{reduction} {smoothing} loss"] = loss
        if reduction == "none":
            of_none[smoothing] = gradient
        else:
            if reduction == "sum":
                np.testing.assert_array_equal(gradient, of_none[smoothing])
            found[f"{reduction} {smoothing} gradient"] = gradient
    return found


def binary_loss(scores, targets, weight, pos_weight, reduction):
    """The loss and the gradient of its sum."""
    import torch

    leaf = torch.tensor(scores, requires_grad=True)
    weight, pos_weight = (None if a is None else torch.tensor(a) for a in (weight, pos_weight))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        leaf, torch.tensor(targets), weight=weight, pos_weight=pos_weight, reduction=reduction
    )
    loss.sum().backward()
    return {"loss": loss.detach().numpy(), "gradient": leaf.grad.numpy()}


def focal_loss(scores, labels, gamma):
    """Written out as the paper has it, and differentiated by PyTorch: each row's loss, and the gradient of the sum."""
    import torch

    leaf = torch.tensor(scores, requires_grad=True)
    own = torch.nn.functional.cross_entropy(leaf, torch.tensor(labels), reduction="none")
    loss = (1 - torch.exp(-own)) ** gamma * own
    loss.sum().backward()
    return {"loss": loss.detach().numpy(), "gradient": leaf.grad.numpy()}


def distillation_loss(scores, teacher, temperature):
    """T^2 times its divergence of log-probabilities: each row's loss, and the gradient of the sum."""
    import torch

    leaf, ask = torch.tensor(scores, requires_grad=True), torch.nn.functional
    log_p, log_q = (ask.log_softmax(a / temperature, -1) for a in (leaf, torch.tensor(teacher)))
    loss = temperature**2 * ask.kl_div(log_p, log_q, log_target=True, reduction="none").sum(-1)
    loss.sum().backward()
    return {"loss": loss.detach().numpy(), "gradient": leaf.grad.numpy()}


def family(scores):
    import torch

    return {
        name: getattr(torch, name)(torch.from_numpy(scores), -1).numpy()
        for name in ("softmax", "log_softmax", "logsumexp")
    }


def many_classes(classes):
    import torch

    ask = torch.nn.functional
    x = torch.zeros((1, classes), dtype=torch.float16, requires_grad=True)
    loss = ask.cross_entropy(x, torch.tensor([0]))
    loss.backward()
    return {
        "softmax": ask.softmax(x, -1)[0, 0].item(),
        "cross_entropy": loss.item(),
        "gradient at the label": x.grad[0, 0].item(),
        "largest other gradient": x.grad[0, 1:].abs().max().item(),
        "cross_entropy in float32": ask.cross_entropy(x.float(), torch.tensor([0])).item(),
    }


def equal_scores(dtype, classes):
    import torch

    x = torch.zeros(classes, dtype=getattr(torch, dtype))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # each thread's part of a single long row is rounded: with two, 65,519 overflow
    try:
        return {name: getattr(torch, name)(x, -1).ravel()[0].item() for name in ("logsumexp", "log_softmax", "softmax")}
    finally:
        torch.set_num_threads(threads)


def cast(number):
    import torch

    return {"float8_e4m3fn": torch.tensor(number).to(torch.float8_e4m3fn).float().item()}


def grad_scaler():
    import torch

    scaler = torch.amp.GradScaler("cpu")
    return {
        "scale": scaler.get_scale(),
        "steps before it grows": scaler.get_growth_interval(),
        "factor to grow by": scaler.get_growth_factor(),
        "factor to shrink by": scaler.get_backoff_factor(),
    }


def autocast():
    """The loss of one 0 and eight 34 in bfloat16, at the 0."""
    import torch

    ask, label = torch.nn.functional.cross_entropy, torch.tensor([0])
    row = torch.tensor([[0.0] + [34.0] * 8], dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = ask(row, label)
    return {"plain": ask(row, label).item(), "autocast": loss.item(), "dtype under autocast": str(loss.dtype)}


def back_through_logs(scores):
    """How far the gradient of a sum of losses at class 0 lies from exp(log p), and from p, at most, beside these."""
    import torch

    ask = torch.nn.functional
    x = torch.tensor(scores).bfloat16().requires_grad_()
    log_p = ask.log_softmax(x, -1)
    ask.nll_loss(log_p, torch.zeros(len(scores), dtype=torch.long), reduction="sum").backward()
    gradient, exponentials = x.grad[:, 1:].float(), log_p.detach()[:, 1:].float().exp()
    p = ask.softmax(x.detach(), -1)[:, 1:].float()
    return {
        "from exp(log p)": ((gradient - exponentials).abs() / exponentials).max().item(),
        "from p": ((gradient - p).abs() / p).max().item(),
    }


def optimizer_path(gradients, rule, beta1=None, beta2=None, **settings):
    """Where (1, -2) is after each step."""
    import torch

    if beta1 is not None:
        settings["betas"] = beta1, beta2
    leaf = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer, path = getattr(torch.optim, rule)([leaf], **settings), []
    for gradient in gradients:
        leaf.grad = torch.tensor(gradient)
        optimizer.step()
        path.append(leaf.detach().numpy().copy())
    return {"path": np.array(path)}


def train_cnn(images, labels, **weights):
    """The losses of 20 steps of gradient descent with momentum, and the weights at the end."""
    import torch

    nn = torch.nn
    network = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 5),
    ).double()
    with torch.no_grad():
        for parameter, start in zip(network.parameters(), weights.values(), strict=True):
            parameter.copy_(torch.tensor(start))
    optimizer, losses = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9), []
    for _ in range(20):
        loss = nn.functional.cross_entropy(network(torch.tensor(images)), torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    ends = (parameter.detach().numpy() for parameter in network.parameters())
    return {"losses": np.array(losses), **dict(zip(weights, ends, strict=True))}


def pool(images):
    """Largest of 2 x 2, and how a slope of 0, 1, 2, ... goes back."""
    import torch

    leaf = torch.tensor(images, requires_grad=True)
    out = torch.nn.functional.max_pool2d(leaf, 2)
    slope = torch.arange(out.numel(), dtype=torch.float64).reshape(out.shape)
    out.backward(slope)
    return {"out": out.detach().numpy(), "slope": leaf.grad.numpy()}

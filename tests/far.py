"""A stand-in for a GPU: a second device that refuses tensors of the first, as CUDA does, on any machine."""

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten

FAR = torch.device("cuda:0")
HERE = torch.device("cpu")


class Far(TorchFunctionMode):
    """While this is entered, networks passed to `send` lie on another device, and so do tensors moved or made there.

    An operation on tensors of both devices raises RuntimeError; so does .numpy() of a tensor there. Numbers without
    dimensions and indices may come from here, as on a GPU.
    """

    def send(self, *networks: nn.Module) -> None:
        for net in networks:
            for t in (*net.parameters(), *net.buffers()):
                t.far = True

    def __torch_function__(self, fn, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = getattr(fn, "__name__", "")
        if fn == Tensor.device.__get__:
            return FAR if _far(args[0]) else HERE
        if name in ("to", "cpu") and isinstance(args[0], Tensor):
            return self._moved(fn, name, args, kwargs)
        if name == "numpy" and _far(args[0]):
            raise RuntimeError("can't convert cuda:0 device type tensor to numpy")
        made_far = torch.device(kwargs["device"]) == FAR if kwargs.get("device") is not None else None
        if made_far is not None:
            kwargs["device"] = HERE
        tensors = [t for t in tree_flatten((args, kwargs))[0] if isinstance(t, Tensor)]
        if name in ("__getitem__", "__setitem__") and _far(args[0]):
            tensors = [args[0]]
        sides = {_far(t) for t in tensors if t.dim()}
        if len(sides) > 1:
            raise RuntimeError(f"Expected all tensors to be on the same device ({name})")
        out = fn(*args, **kwargs)
        if made_far or (made_far is None and any(_far(t) for t in tensors)):
            _mark(out)
        return out

    def _moved(self, fn, name, args, kwargs):
        given = [kwargs.pop("device", None), *args[1:]]
        where = next((torch.device(a) for a in given if isinstance(a, torch.device | str)), None)
        if name == "cpu":
            where = HERE
        if where is None:  # .to(another tensor), or another type
            where = FAR if any(_far(a) for a in args if isinstance(a, Tensor)) else HERE
        rest = [a for a in args[1:] if not isinstance(a, torch.device | str)]
        out = args[0] if not rest and not kwargs else fn(args[0], *rest, **kwargs)
        if out is args[0]:  # a tensor of its own, whatever the other one's device is
            out = out.view_as(out)
        out.far = where == FAR
        return out


def _far(t) -> bool:
    return getattr(t, "far", False)


def _mark(out) -> None:
    for t in tree_flatten(out)[0]:
        if isinstance(t, Tensor):
            t.far = True

"""Read checkpoints: plain tensors only, under whatever names the usual wrappers gave them."""

from pathlib import Path

import torch

from ..errors import Refused

# Keys under which training scripts keep the weights, and modules that only wrap a network.
HOLDERS = ("state_dict", "model_state_dict", "state_dict_ema", "model", "net", "model_ema", "ema")
WRAPPERS = ("module", "model", "_orig_mod", "net", "network", "0", "1")
# Names of one thing in different people's definitions.
ALIASES = {"downsample": "shortcut", "convShortcut": "shortcut", "linear": "fc"}
# Statistics of the pixels, where a checkpoint carries them.
MEANS, STDS = ("mean", "mu"), ("std", "sigma")


def read(path):
    """Name -> tensor of a checkpoint. Never runs code that the file brings."""
    if not Path(path).is_file():
        raise Refused(f"there is no file {path}")
    if Path(path).suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as why:
        raise Refused(
            f"{path} is damaged or not a file of plain tensors. Where you trust it, load it in your own code and save the "
            "weights alone: torch.save(net.state_dict(), 'weights.pt')"
        ) from why
    while isinstance(found, dict):
        holder = next((h for h in HOLDERS if isinstance(found.get(h), dict)), None)
        if holder is None:
            break
        found = found[holder]
    tensors = {k: v for k, v in found.items() if torch.is_tensor(v)} if isinstance(found, dict) else {}
    if not tensors:
        raise Refused(f"{path} holds no state dict; save one with torch.save(net.state_dict(), 'weights.pt')")
    return tensors


def split_pixels(state):
    """The weights without wrappers around their names, and the (mean, std) that lay beside them, or None."""

    def pick(names):
        return next((k for k in state if k.split(".")[-1] in names and k.count(".") <= 2), None)

    mean, std, pixels = pick(MEANS), pick(STDS), None
    if mean and std and state[mean].numel() == state[std].numel() <= 4:
        pixels = tuple(state[mean].flatten().tolist()), tuple(state[std].flatten().tolist())
        state = {k: v for k, v in state.items() if k not in (mean, std)}
    while True:
        first = {k.partition(".")[0] for k in state}
        if len(first) != 1 or not first <= set(WRAPPERS):
            return state, pixels
        state = {k.partition(".")[2]: v for k, v in state.items()}


def common(name):
    """`layer1.0.downsample.0.weight` as everybody's `layer1.0.shortcut.0.weight`."""
    return ".".join(ALIASES.get(part, part) for part in name.split("."))


def fit_names(state, wanted):
    """`state` under the names in `wanted`. Refuses when weights are missing, or left over: then it is another network."""
    by_common = {common(k): k for k in state}
    found = {k: k if k in state else by_common.get(common(k)) for k in wanted}
    missing = [k for k in wanted if found[k] is None and not k.endswith("num_batches_tracked")]
    used = set(found.values())
    # Wide networks of some papers carry a second first stage that their forward() never uses.
    other = [k for k in state if k not in used and not k.startswith("sub_block1.") and not k.endswith("num_batches_tracked")]
    if missing or other:
        raise Refused(
            f"the file's weights are another network's: missing in the file are {told(missing)}; unknown to the network are "
            f"{told(other)}. Check the network's name and --option"
        )
    return {k: state[name] for k, name in found.items() if name is not None}


def told(names):
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more if names else "none"


def load(net, state):
    """Loads `state` into `net`, every weight of it; shapes must fit."""
    own = net.state_dict()
    fitted = fit_names(state, own.keys())
    for key, tensor in fitted.items():
        if tensor.shape != own[key].shape:
            raise Refused(
                f"{key} has the shape {list(tensor.shape)} in the file and {list(own[key].shape)} in the network; check "
                "--classes, --size and --option"
            )
    net.load_state_dict(fitted, strict=False)

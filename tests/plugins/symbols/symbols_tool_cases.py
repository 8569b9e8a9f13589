"""Cases for small tools: device maps, decoding, loading, backbones, trainers, testing. See symbols_cases.py."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import torch
from symbols_cases import Get, case, error_of, filled, plain, wave
from torch import nn

# -------------------------------------------------------------------------------- utilities


@case("assert_device_map get_device_map", "4.57.6")
def device_maps(get: Get, compiled: Any) -> Any:
    checked = {
        "good": ({0: [0, 1], 1: [2]}, 3),
        "twice": ({0: [0, 1], 1: [1, 2]}, 3),
        "missing": ({0: [0]}, 2),
        "extra": ({0: [0, 5]}, 1),
    }
    return {
        "assert": {k: error_of(lambda v=v: get("assert_device_map")(*v), ValueError) for k, v in checked.items()},
        "map": [get("get_device_map")(n, range(d)) for n, d in ((5, 2), (4, 4), (2, 3), (7, 3))],
    }


@case("cached_property working_or_temp_dir LossKwargs", "4.49.0")
def helpers(get: Get, compiled: Any) -> Any:
    class Lazy:
        calls = 0

        @get("cached_property")
        def value(self) -> Any:
            """Doc."""
            self.calls += 1
            return self.calls if self.calls > 1 else None

    lazy = Lazy()
    answers: dict[str, Any] = {"cached": [lazy.value, lazy.value, lazy.value, lazy.calls, sorted(vars(lazy))]}
    answers["class"] = [isinstance(Lazy.value, property), Lazy.value.__doc__]
    answers["set"] = error_of(lambda: setattr(lazy, "value", 3), AttributeError)
    answers["no getter"] = error_of(lambda: get("cached_property")().__get__(lazy), AttributeError)
    with get("working_or_temp_dir")("here") as place:
        answers["here"] = place
    with get("working_or_temp_dir")("here", use_temp_dir=True) as place:
        answers["temporary"] = [place != "here", os.path.isdir(place)]
    answers["gone"] = os.path.isdir(place)
    answers["loss"] = [dict(get("LossKwargs")(num_items_in_batch=3)), sorted(get("LossKwargs").__annotations__)]
    return answers


@case("get_full_repo_name create_repo create_commit list_repo_tree upload_folder HUGGINGFACE_CO_PREFIX HUGGINGFACE_CO_RESOLVE_ENDPOINT "
      "HUGGINGFACE_CO_EXAMPLES_TELEMETRY default_cache_path torch_cache_home", "4.57.6")  # fmt: skip
def hub_names(get: Get, compiled: Any) -> Any:
    home = os.path.expanduser("~")
    return {
        "functions": [
            get(name).__name__
            for name in ("get_full_repo_name", "create_repo", "create_commit", "list_repo_tree", "upload_folder")
        ],
        "addresses": [get(f"HUGGINGFACE_CO_{name}") for name in ("PREFIX", "RESOLVE_ENDPOINT", "EXAMPLES_TELEMETRY")],
        "folders": [str(get(name)).replace(home, "~") for name in ("default_cache_path", "torch_cache_home")],
    }


@case("get_file_from_repo send_example_telemetry", "4.49.0")
def files_of_repositories(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sub").mkdir()
        Path(folder, "sub", "config.json").write_text("{}")
        found = get("get_file_from_repo")(folder, "config.json", subfolder="sub", resume_download=True)
        answers["found"] = os.path.relpath(found, folder)
        answers["missing"] = get("get_file_from_repo")(folder, "nothing.json")
        cache = os.path.join(folder, "cache")
        answers["offline"] = get("get_file_from_repo")("some/model", "config.json", cache_dir=cache)
        answers["both"] = error_of(
            lambda: get("get_file_from_repo")(folder, "x", token="a", use_auth_token="b"), ValueError
        )
    answers["telemetry"] = get("send_example_telemetry")(
        "run_glue", SimpleNamespace(model_name_or_path="x"), framework="pt"
    )
    return answers


_ASKED = (
    "tf flax jieba auto_awq auto_gptq ipex ccl torch_bf16_cpu torch_tpu eetq bitsandbytes_multi_backend keras_nlp "
    "tensorflow_probability tensorflow_text tf2onnx ftfy torch_bf16 torch_compile torchdynamo"
)


@case(" ".join(f"is_{name}_available" for name in _ASKED.split()), "4.49.0")
def more_availability(get: Get, compiled: Any) -> Any:
    return {name: bool(get(f"is_{name}_available")()) for name in _ASKED.split()}


@case("infer_framework is_tf_tensor is_jax_tensor is_tf_symbolic_tensor CHAT_TEMPLATE_NAME", "4.49.0")
def frameworks(get: Get, compiled: Any) -> Any:
    import transformers

    infer = get("infer_framework")
    foreign = {
        "pt": [nn.Linear, transformers.GPT2Model, type("Mine", (nn.Module,), {}), type("PreTrainedModel", (), {})],
        "tf": [
            type("Mine", (type("Layer", (), {"__module__": "keras.layers"}),), {}),
            type("TFPreTrainedModel", (), {}),
        ],
        "flax": [type("Mine", (), {"__module__": "flax.linen"}), type("FlaxPreTrainedModel", (), {})],
    }
    answers: dict[str, Any] = {name: [infer(cls) for cls in classes] for name, classes in foreign.items()}
    answers["none"] = error_of(lambda: infer(str), TypeError)
    kinds = ("tf_tensor", "jax_tensor", "tf_symbolic_tensor")
    answers["tensors"] = [[get(f"is_{kind}")(x) for x in (torch.zeros(1), np.zeros(1), 1, None)] for kind in kinds]
    answers["file"] = get("CHAT_TEMPLATE_NAME")
    return answers


_MAPPINGS = "TF_MODEL_MAPPING TF_MODEL_WITH_LM_HEAD_MAPPING " + " ".join(
    f"TF_MODEL_FOR_{task}_MAPPING"
    for task in (
        "AUDIO_CLASSIFICATION CAUSAL_LM DOCUMENT_QUESTION_ANSWERING IMAGE_CLASSIFICATION MASKED_IMAGE_MODELING "
        "MASKED_LM MASK_GENERATION MULTIPLE_CHOICE NEXT_SENTENCE_PREDICTION PRETRAINING QUESTION_ANSWERING "
        "SEMANTIC_SEGMENTATION SEQUENCE_CLASSIFICATION SEQ_TO_SEQ_CAUSAL_LM SPEECH_SEQ_2_SEQ "
        "TABLE_QUESTION_ANSWERING TEXT_ENCODING TOKEN_CLASSIFICATION VISION_2_SEQ ZERO_SHOT_IMAGE_CLASSIFICATION"
    ).split()
)


@case(_MAPPINGS, "4.57.6")
def tensorflow_mappings(get: Get, compiled: Any) -> Any:
    """Without TensorFlow, 4.57 has placeholders that say so, and code goes through what is none."""
    found = {name: get(name) for name in _MAPPINGS.split()}
    return {name: getattr(mapping, "is_dummy", False) or not list(mapping.items()) for name, mapping in found.items()}


@case("QuestionAnsweringArgumentHandler", "4.57.6")
def question_arguments(get: Get, compiled: Any) -> Any:
    handle = get("QuestionAnsweringArgumentHandler")()
    one, two = {"question": "q", "context": "c"}, {"question": "r", "context": "d"}
    asked = {
        "dict": lambda: handle(one), "list": lambda: handle([one, two]), "two": lambda: handle(one, two),
        "texts": lambda: handle("q", "c"), "keywords": lambda: handle(question="q", context="c"),
        "one context": lambda: handle(question=["q", "r"], context="c"),
        "lists": lambda: handle(question=["q", "r"], context=["c", "d"]),
    }  # fmt: skip
    refused = {
        "lengths": lambda: handle(question=["q"], context=["c", "d"]), "no context": lambda: handle({"question": "q"}),
        "empty": lambda: handle({"question": "", "context": "c"}), "null": lambda: handle({"question": None, "context": "c"}),
        "nothing": lambda: handle(), "text": lambda: handle(["q"]),
    }  # fmt: skip
    answers: dict[str, Any] = {k: [[e.question_text, e.context_text] for e in ask()] for k, ask in asked.items()}
    answers.update({k: error_of(ask, KeyError, ValueError) for k, ask in refused.items()})
    generator = (item for item in [one])
    answers["generator"] = handle(generator) is generator
    return answers


@case("is_quanto_available", "4.44.2")
def quanto(get: Get, compiled: Any) -> Any:
    return bool(get("is_quanto_available")())


@case("verify_out_features_out_indices get_aligned_output_features_output_indices", "5.0.0")
def backbone_stages(get: Get, compiled: Any) -> Any:
    stages = ["stem", "a", "b", "c"]
    checked = {
        "none": (None, None), "both": (["a", "c"], [1, 3]), "negative": (["a", "c"], [1, -1]), "tuple": (("a",), None),
        "unknown": (["z"], None), "twice": (["a", "a"], None), "disorder": (["c", "a"], None), "indices": (None, (1, 2)),
        "range": (None, [9]), "index twice": (None, [1, -3]), "index disorder": (None, [2, 1]), "lengths": (["a"], [1, 2]),
        "mismatch": (["a", "b"], [1, 3]),
    }  # fmt: skip
    verify, aligned = get("verify_out_features_out_indices"), get("get_aligned_output_features_output_indices")
    answers: dict[str, Any] = {k: error_of(lambda v=v: verify(*v, stages), ValueError) for k, v in checked.items()}
    answers["no stages"] = error_of(lambda: verify(None, None, None), ValueError)
    answers["aligned"] = [
        aligned(*pair, stages) for pair in ((None, None), (["a"], None), (None, (0, -1)), (["b"], [2]))
    ]
    answers["refused"] = error_of(lambda: aligned(["c", "a"], None, stages), ValueError)
    return answers


@case("AnnotionFormat", "4.57.6")
def annotations(get: Get, compiled: Any) -> Any:
    Format = get("AnnotionFormat")
    names = {member.name: member.value for member in Format}
    return [names, Format("coco_panoptic").name, error_of(lambda: Format("yolo"), ValueError)]


@case("ModelCard", "4.57.6")
def model_card(get: Get, compiled: Any) -> Any:
    Card = get("ModelCard")
    answers: dict[str, Any] = {}
    card = Card(model_details={"a": 1}, mine=[2])
    answers["json"] = card.to_json_string()
    answers["repr"] = repr(card)
    with tempfile.TemporaryDirectory() as folder:
        card.save_pretrained(folder)
        answers["files"] = os.listdir(folder)
        answers["same"] = [
            Card.from_pretrained(folder) == card,
            Card.from_json_file(f"{folder}/modelcard.json") == card,
        ]
        changed, unused = Card.from_pretrained(folder, metrics={"x": 1}, other=2, return_unused_kwargs=True)
        answers["changed"] = [changed.to_dict(), unused, changed == card]
    answers["nothing"] = Card.from_pretrained("nowhere/at-all").to_dict()
    answers["dict"] = Card.from_dict({"factors": 3}).factors
    return answers


# -------------------------------------------------------------------------------- decoding


@case("top_k_top_p_filtering MaxNewTokensCriteria", "4.36.2")
def filtering(get: Get, compiled: Any) -> Any:
    logits = wave(2, 9) * 3
    answers: dict[str, Any] = {}
    for name, options in {
        "all": {}, "k": {"top_k": 3}, "p": {"top_p": 0.6}, "both": {"top_k": 4, "top_p": 0.7, "filter_value": -99.0},
        "keep": {"top_p": 0.1, "min_tokens_to_keep": 2}, "off": {"top_p": 2.0},
    }.items():  # fmt: skip
        found = get("top_k_top_p_filtering")(logits.clone(), **options)
        answers[name] = plain(torch.nan_to_num(found, neginf=-1e4))
    criteria = get("MaxNewTokensCriteria")(start_length=3, max_new_tokens=2)
    ids = torch.zeros(2, 4, dtype=torch.long)
    answers["stops"] = [
        bool(torch.as_tensor(criteria(torch.zeros(2, n, dtype=torch.long), None)).all()) for n in (4, 5, 6)
    ]
    answers["limits"] = [criteria.start_length, criteria.max_new_tokens, criteria.max_length, len(ids)]
    return answers


@case("isin_mps_friendly", "5.0.0", traced=True)
def isin(get: Get, compiled: Any) -> Any:
    isin = compiled(lambda elements, others: get_isin(elements, others))
    get_isin = get("isin_mps_friendly")
    elements = torch.arange(6).view(2, 3)
    return [
        plain(isin(elements, torch.tensor([1, 5]))),
        plain(isin(elements, 4)),
        plain(isin(elements, torch.tensor(2))),
    ]


@case("deterministic_g prepare_fa2_from_position_ids", "4.53.3")
def packed(get: Get, compiled: Any) -> Any:
    states = [wave(1, 6, heads, 2, shift=heads) for heads in (4, 2, 2)]
    positions = torch.tensor([[0, 1, 0, 1, 2, 0]])
    query, key, value, indices, starts, longest = get("prepare_fa2_from_position_ids")(*states, positions)
    return {
        "states": [plain(query), plain(key), plain(value)],
        "indices": [plain(indices), str(indices.dtype)],
        "starts": [plain(starts), str(starts[0].dtype)],
        "longest": [int(n) for n in longest],
        "deterministic": get("deterministic_g"),
    }


# -------------------------------------------------------------------------------- models without weights


@case("init_empty_weights init_on_device find_tied_parameters", "4.57.6")
def empty_weights(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    register = nn.Module.register_parameter
    for name, options in {"parameters": {}, "all": {"include_buffers": True}}.items():
        with get("init_empty_weights")(**options):
            model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, affine=False))
        frozen = nn.Linear(1, 1)
        answers[name] = {
            k: [str(v.device), v.requires_grad] for k, v in [*model.named_parameters(), *model.named_buffers()]
        }
        answers[f"{name} after"] = str(frozen.weight.device)
    with get("init_on_device")(torch.device("cpu")):
        answers["cpu"] = str(nn.Linear(1, 1).weight.device)
    answers["restored"] = nn.Module.register_parameter is register
    tied = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.Linear(2, 2)})
    answers["untied"] = get("find_tied_parameters")(tied)
    tied["c"].weight = tied["a"].weight
    answers["tied"] = get("find_tied_parameters")(tied)
    return answers


class _Layer(nn.Module):
    """Stands for a layer of bitsandbytes: remembers what it was made with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.made = [type(self).__name__, *map(str, args), *(f"{k}={v}" for k, v in sorted(kwargs.items()))]
        self.weight = nn.Parameter(torch.zeros(1))


def _fake_bitsandbytes() -> Any:
    library = ModuleType("bitsandbytes")
    signature = "def __init__(self, *args, quant_storage=None, **kwargs): Layer.__init__(self, *args, quant_storage=quant_storage, **kwargs)"
    scope: dict[str, Any] = {"Layer": _Layer}
    exec(signature, scope)
    library.nn = SimpleNamespace(  # type: ignore[attr-defined]
        Linear8bitLt=type("Linear8bitLt", (_Layer,), {}),
        Linear4bit=type("Linear4bit", (_Layer,), {"__init__": scope["__init__"]}),
    )
    return library


@case("_replace_with_bnb_linear get_keys_to_not_convert", "4.57.6")
def bitsandbytes(get: Get, compiled: Any) -> Any:
    import accelerate
    import transformers
    from transformers.pytorch_utils import Conv1D

    answers: dict[str, Any] = {}
    library = _fake_bitsandbytes()
    replace = get("_replace_with_bnb_linear")
    theirs = replace.__module__ == "transformers.integrations.bitsandbytes"  # which imported bitsandbytes as bnb
    imported = {"bnb": library, "nn": nn, "Conv1D": Conv1D, "init_empty_weights": accelerate.init_empty_weights}
    where = {f"transformers.integrations.bitsandbytes.{k}": v for k, v in imported.items() if theirs}
    for name, method in {"eight": "llm_int8", "four": "nf4"}.items():
        config = SimpleNamespace(
            quantization_method=lambda method=method: method,
            llm_int8_has_fp16_weight=False,
            llm_int8_threshold=5.0,
            llm_int8_skip_modules=["b"],
            bnb_4bit_compute_dtype=torch.float16,
            bnb_4bit_use_double_quant=True,
            bnb_4bit_quant_type=method,
            bnb_4bit_quant_storage=torch.uint8,
        )
        inner = nn.ModuleDict({"d": Conv1D(4, 2), "keep": nn.Linear(1, 1)})
        model = nn.ModuleDict(
            {"a": nn.Linear(2, 3), "b": nn.Linear(3, 2, bias=False), "c": inner, "norm": nn.LayerNorm(2)}
        )
        with mock.patch.dict(sys.modules, {"bitsandbytes": library}), _patched(where):
            changed, any_changed = replace(model, ["keep"], quantization_config=config)
            _, again = replace(nn.ModuleDict({"keep": nn.Linear(1, 1)}), ["keep"], quantization_config=config)
        answers[name] = {
            path: [*getattr(module, "made", [type(module).__name__]), str(getattr(module, "source_cls", None))]
            for path, module in changed.named_modules()
        }  # fmt: skip
        answers[f"{name} changed"] = [any_changed, again, changed is model]
        answers[f"{name} grad"] = {path: p.requires_grad for path, p in changed.named_parameters()}
    sizes = {"vocab_size": 7, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 8}
    for tied in (True, False):
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, tie_word_embeddings=tied))
        answers[f"kept {tied}"] = sorted(get("get_keys_to_not_convert")(model))
    base = transformers.GPT2Model(transformers.GPT2Config(**sizes))
    answers["kept of base"] = sorted(get("get_keys_to_not_convert")(base))
    return answers


def _patched(places: dict[str, Any]) -> Any:
    import contextlib

    stack = contextlib.ExitStack()
    for place, value in places.items():
        stack.enter_context(mock.patch(place, value, create=True))
    return stack


@case("infer_framework_load_model", "4.57.6")
def loading(get: Get, compiled: Any) -> Any:
    import transformers

    answers: dict[str, Any] = {}
    load = get("infer_framework_load_model")
    model = filled(transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=7, n_embd=4, n_layer=1, n_head=2)))
    framework, same = load(model, model.config)
    answers["given"] = [framework, same is model]
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = transformers.AutoConfig.from_pretrained(folder)
        for name, options in {
            "classes": {"model_classes": {"pt": (transformers.AutoModelForCausalLM,)}, "task": "text-generation"},
            "architectures": {"framework": "pt"},
            "base": {"model_classes": {"pt": (transformers.AutoModel,)}},
        }.items():
            framework, loaded = load(folder, config, **options)
            answers[name] = [framework, type(loaded).__name__, loaded.training]
        config.architectures = None
        answers["none"] = error_of(lambda: load(folder, config), ValueError)
        answers["wrong"] = error_of(
            lambda: load(folder + "/x", config, model_classes={"pt": (transformers.AutoModel,)}), ValueError
        )
    answers["framework"] = error_of(lambda: load("x", config, framework="jax"), ValueError, RuntimeError) != "no error"
    return answers


# -------------------------------------------------------------------------------- trainers


@case("DistributedTensorGatherer SequentialDistributedSampler _VALID_DICT_FIELDS", "4.49.0")
def evaluation(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {"fields": list(get("_VALID_DICT_FIELDS"))}
    Sampler, Gatherer = get("SequentialDistributedSampler"), get("DistributedTensorGatherer")
    for size, replicas, batch in ((16, 3, None), (21, 4, None), (7, 3, 2), (8, 2, 4)):
        samplers = [
            Sampler(range(size), num_replicas=replicas, rank=rank, batch_size=batch) for rank in range(replicas)
        ]
        answers[f"{size} {replicas} {batch}"] = [[list(s), len(s), s.total_size] for s in samplers]
    answers["too few"] = error_of(lambda: list(Sampler(range(1), num_replicas=4, rank=0)), AssertionError)
    gatherer = Gatherer(world_size=3, num_samples=16)
    answers["empty"] = gatherer.finalize()
    data = np.arange(16 * 4, dtype=np.float32).reshape(16, 4)
    shares = [list(Sampler(range(16), num_replicas=3, rank=rank)) for rank in range(3)]
    for step, width in enumerate((2, 4, 3)):
        rows = [index for share in shares for index in share[2 * step : 2 * step + 2]]
        gatherer.add_arrays([data[rows, :width], (data[rows, 0],)])
        gatherer.add_arrays(None)
    answers["gathered"] = [plain(torch.tensor(gatherer.finalize()[0])), plain(torch.tensor(gatherer.finalize()[1][0]))]
    answers["types"] = [type(gatherer.finalize()).__name__, type(gatherer.finalize()[1]).__name__]
    answers["uneven"] = error_of(lambda: Gatherer(2, 4).add_arrays(data[:3]), AssertionError)
    padded = Gatherer(world_size=2, num_samples=3, make_multiple_of=2, padding_index=-1)
    padded.add_arrays(data[:2, :2])
    padded.add_arrays(data[2:4, :3])
    answers["padded"] = plain(torch.tensor(padded.finalize()))
    return answers


# -------------------------------------------------------------------------------- huggingface_hub


@case("HfFolder", "4.57.6")
def hf_folder(get: Get, compiled: Any) -> Any:
    from huggingface_hub import constants

    Folder = get("HfFolder")
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
        os.environ.pop("HF_TOKEN", None)
        os.environ.pop("HUGGING_FACE_HUB_TOKEN", None)
        with mock.patch.object(constants, "HF_TOKEN_PATH", os.path.join(folder, "new", "token")):
            answers = [Folder.get_token(), Folder.save_token("hf_x"), Folder.get_token()]
            answers += [Folder.delete_token(), Folder.get_token(), Folder.delete_token()]
    return answers


@case("cached_download", "4.57.6")
def cached(get: Get, compiled: Any) -> Any:
    try:
        download = get("cached_download")
    except ImportError:
        return RECORDED_BY_HAND
    with tempfile.TemporaryDirectory() as folder:
        revision = "a" * 40
        snapshot = Path(folder, "datasets--some--data", "snapshots", revision)
        snapshot.mkdir(parents=True)
        Path(snapshot, "file.txt").write_text("x")
        found = download(f"https://huggingface.co/datasets/some/data/resolve/{revision}/file.txt", cache_dir=folder,
                         use_auth_token=False, resume_download=False)  # fmt: skip
        return [
            os.path.relpath(found, folder).replace(revision, "revision"),
            error_of(lambda: download("https://x.org/y"), ValueError),
        ]


# No huggingface_hub that has cached_download works with a runtime that is supported.
RECORDED_BY_HAND = ["datasets--some--data/snapshots/revision/file.txt", "ValueError"]

# -------------------------------------------------------------------------------- testing

_SKIPS = (
    "require_auto_awq require_eetq require_ftfy require_gptq require_jieba require_safetensors require_soundfile "
    "require_torch_or_tf require_torch_sdpa require_torchdynamo require_torch_bf16_cpu require_flax require_keras_nlp "
    "require_sigopt require_tensorflow_probability require_tensorflow_text require_tf require_tf2onnx "
    "is_pt_tf_cross_test is_pt_flax_cross_test require_intel_extension_for_pytorch require_torch_bf16_gpu "
    "require_torch_gpu_if_bnb_not_multi_backend_enabled"
)


@case(f"{_SKIPS} jax_device get_device_count set_model_tester_for_less_flaky_test", "4.49.0")
def testing(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    for name in _SKIPS.split():
        # Answers of the machine: what is installed decides.
        if name in (
            "require_soundfile",
            "require_torch_bf16_gpu",
            "require_torch_gpu_if_bnb_not_multi_backend_enabled",
        ):
            continue
        answers[name] = _outcome(get(name))
    answers["device"] = [get("jax_device"), get("get_device_count")() == torch.cuda.device_count()]
    for name, tester in {
        "plain": SimpleNamespace(
            num_hidden_layers=5, text_config={"num_hidden_layers": 4, "a": 1}, num_hidden_groups=3
        ),
        "staged": SimpleNamespace(num_hidden_layers=5, out_features=["a"]),
    }.items():
        get("set_model_tester_for_less_flaky_test")(SimpleNamespace(model_tester=tester))
        answers[name] = dict(vars(tester))
    return answers


def _outcome(decorator: Any) -> list[Any]:
    class Tests(unittest.TestCase):
        def test_it(self) -> None:
            self.seen = True

    Both = decorator(type("Both", (Tests,), {"test_more": lambda self: None}))

    class One(unittest.TestCase):
        @decorator
        def test_it(self) -> None:
            assert isinstance(self, One)

    found = []
    for cls in (Both, One):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(cls).run(result)
        found += [
            result.testsRun - len(result.skipped) if len(result.skipped) < result.testsRun else 0,
            len(result.failures + result.errors),
        ]
    return found


@case("require_read_token", "4.57.6")
def read_token(get: Get, compiled: Any) -> Any:
    from huggingface_hub.utils import _headers

    @get("require_read_token")
    class Tests(unittest.TestCase):
        def test_it(self) -> None:
            assert _headers.get_token() == "hf_read"

    answers: list[Any] = [_outcome(get("require_read_token"))]
    for token in ("hf_read", "other"):
        with mock.patch.dict(os.environ, {"HF_HUB_READ_TOKEN": token}):
            result = unittest.TestResult()
            decorated = get("require_read_token")(
                type("Again", (unittest.TestCase,), {"test_it": vars(Tests)["test_it"]})
            )
            unittest.defaultTestLoader.loadTestsFromTestCase(decorated).run(result)
        answers.append([result.testsRun, len(result.failures)])
    return answers


@case("require_auto_gptq require_quanto", "4.44.2")
def testing_old(get: Get, compiled: Any) -> Any:
    return [_outcome(get("require_auto_gptq")), _outcome(get("require_quanto"))]


@case("BaseTransformersCLICommand ModelInfos", "4.57.6")
def commands(get: Get, compiled: Any) -> Any:
    Command = get("BaseTransformersCLICommand")

    class Mine(Command):  # type: ignore[misc, valid-type]
        @staticmethod
        def register_subcommand(parser: Any) -> None:
            parser.add_argument("x")

        def run(self) -> str:
            return "ran"

    return {"abstract": error_of(Command, TypeError), "run": Mine().run()}


@case("main", "4.57.6", needs="openai")  # which the command line of 5.0 to 5.12 cannot be imported without
def command_line(get: Get, compiled: Any) -> Any:
    import contextlib
    import io

    out = io.StringIO()
    with mock.patch.object(sys, "argv", ["transformers-cli", "env"]), contextlib.redirect_stdout(out):
        get("main")()
    return [text in out.getvalue() for text in ("Python version", "Platform", "Using distributed")]


@case("SpecialTokensMixin", "4.57.6")
def special_tokens(get: Get, compiled: Any) -> Any:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

    Mixin = get("SpecialTokensMixin")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    kinds = [isinstance(tokenizer, Mixin), isinstance("x", Mixin), issubclass(PreTrainedTokenizerBase, Mixin)]
    return [Mixin.SPECIAL_TOKENS_ATTRIBUTES, kinds]


@case("ImageToImagePipeline", "4.57.6", needs="PIL")
def image_to_image(get: Get, compiled: Any) -> Any:
    import transformers
    from PIL import Image

    sizes = {"embed_dim": 8, "depths": [1], "num_heads": [1], "window_size": 2, "image_size": 8, "upscale": 2}
    model = filled(transformers.Swin2SRForImageSuperResolution(transformers.Swin2SRConfig(**sizes)), 0.5)
    with mock.patch.object(transformers.image_utils, "is_vision_available", return_value=True):
        pipe = get("ImageToImagePipeline")(model=model, image_processor=_Pixels(), task="image-to-image")
    images = [Image.fromarray(np.arange(n * n * 3, dtype=np.uint8).reshape(n, n, 3)) for n in (4, 8)]
    found = [pipe(images[0]), *pipe(images)]
    return [[list(image.size), image.mode, np.asarray(image).astype(int).tolist()] for image in found]


class _Pixels:
    """An image processor in three lines: 0 to 1, channels first."""

    def __call__(self, images: Any, return_tensors: str) -> Any:
        from transformers.image_processing_base import BatchFeature

        pixels = [np.asarray(image).transpose(2, 0, 1).astype(np.float32) / 255 for image in images]
        return BatchFeature({"pixel_values": pixels}, tensor_type=return_tensors)

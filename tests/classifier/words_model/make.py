"""Makes model.onnx and tokenizer.json beside it: a model whose every token is an axis of its own.

So an embedding can be told in advance by counting words. Run it where `onnx` and `tokenizers` are
installed: python tests/classifier/words_model/make.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

HERE = Path(__file__).parent
WORDS = ("[PAD]", "[CLS]", "[UNK]", "pedido", "factura", "caja", "roto", "gracias")

vocabulary = {word: number for number, word in enumerate(WORDS)}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A", special_tokens=[("[CLS]", vocabulary["[CLS]"])]
)
tokenizer.save(str(HERE / "tokenizer.json"))

axes = numpy_helper.from_array(np.eye(len(WORDS), dtype=np.float32), "axes")
inputs = [
    helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
    for name in ("input_ids", "attention_mask")
]
output = helper.make_tensor_value_info(
    "last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", len(WORDS)]
)
look_up = helper.make_node("Gather", ["axes", "input_ids"], ["last_hidden_state"])
graph = helper.make_graph([look_up], "words", inputs, [output], [axes])
opset = [helper.make_opsetid("", 17)]
onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), HERE / "model.onnx")

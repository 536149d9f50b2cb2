"""Writes a model of 0.5 MB with random weights and a vocabulary of bytes and letters, so that llama.cpp's own server can run in
a test. What it says is noise, often cut within a character. Usage: tiny_gguf.py FILE

The file is GGUF version 3 (github.com/ggml-org/ggml, docs/gguf.md)."""

import random
import struct
import sys

EMBEDDING, LAYERS, HEADS, FEED_FORWARD, CONTEXT = 64, 2, 4, 128, 512
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
ALIGNMENT = 32


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def scalar(kind, value):
    if kind == STRING:
        return text(value)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], value)


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + scalar(kind, value)


def array(key, kind, values):
    head = text(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    return head + b"".join(scalar(kind, value) for value in values)


letters = "abcdefghijklmnopqrstuvwxyz"
bytes_ = [f"<0x{value:02X}>" for value in range(256)]
tokens = ["<unk>", "<s>", "</s>", *bytes_, "▁", *letters, *("▁" + letter for letter in letters)]
others = len(tokens) - 259
# Unknown, control, byte and normal tokens.
types = [2, 3, 3] + [6] * 256 + [1] * others
scores = [0.0] * 3 + [-1000.0] * 256 + [-float(rank) for rank in range(others)]

entries = [
    entry("general.architecture", STRING, "llama"),
    entry("general.name", STRING, "tiny"),
    entry("general.file_type", UINT32, 0),
    entry("llama.context_length", UINT32, CONTEXT),
    entry("llama.embedding_length", UINT32, EMBEDDING),
    entry("llama.block_count", UINT32, LAYERS),
    entry("llama.feed_forward_length", UINT32, FEED_FORWARD),
    entry("llama.attention.head_count", UINT32, HEADS),
    entry("llama.attention.head_count_kv", UINT32, HEADS),
    entry("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
    entry("llama.rope.dimension_count", UINT32, EMBEDDING // HEADS),
    entry("llama.vocab_size", UINT32, len(tokens)),
    entry("tokenizer.ggml.model", STRING, "llama"),
    array("tokenizer.ggml.tokens", STRING, tokens),
    array("tokenizer.ggml.scores", FLOAT32, scores),
    array("tokenizer.ggml.token_type", INT32, types),
    entry("tokenizer.ggml.bos_token_id", UINT32, 1),
    entry("tokenizer.ggml.eos_token_id", UINT32, 2),
    entry("tokenizer.ggml.unknown_token_id", UINT32, 0),
    entry("tokenizer.chat_template", STRING, "{% for m in messages %}{{ m['content'] }} {% endfor %}"),
]

chance = random.Random(0)
tensors = []


def tensor(name, *shape):
    size = 1
    for length in shape:
        size *= length
    tensors.append((name, shape, [chance.gauss(0, 0.05) for _ in range(size)]))


def ones(name):
    tensors.append((name, (EMBEDDING,), [1.0] * EMBEDDING))


tensor("token_embd.weight", len(tokens), EMBEDDING)
ones("output_norm.weight")
tensor("output.weight", len(tokens), EMBEDDING)
for layer in range(LAYERS):
    block = f"blk.{layer}."
    ones(block + "attn_norm.weight")
    ones(block + "ffn_norm.weight")
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"{block}{name}.weight", EMBEDDING, EMBEDDING)
    tensor(block + "ffn_gate.weight", FEED_FORWARD, EMBEDDING)
    tensor(block + "ffn_up.weight", FEED_FORWARD, EMBEDDING)
    tensor(block + "ffn_down.weight", EMBEDDING, FEED_FORWARD)


def padded(data):
    return data + b"\0" * (-len(data) % ALIGNMENT)


infos, data = b"", b""
for name, shape, values in tensors:
    # The fastest dimension comes first; the type 0 is 32-bit floats.
    infos += text(name) + struct.pack("<I", len(shape))
    infos += b"".join(struct.pack("<Q", length) for length in reversed(shape))
    infos += struct.pack("<IQ", 0, len(data))
    data += padded(struct.pack(f"<{len(values)}f", *values))

with open(sys.argv[1], "wb") as file:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + infos
    file.write(padded(head) + data)

"""Serves a model with llama.cpp's own server on 127.0.0.1 and prints its address, for chat or for embeddings.
Usage: llama_server.py FILE PORT [embeddings]"""

import sys
import threading

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = 512
params.n_parallel = 1
params.port = int(sys.argv[2])
if sys.argv[3:] == ["embeddings"]:
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
threading.Event().wait()

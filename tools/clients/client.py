"""What a program that uses OpenAI's library does and sees."""

import os

import openai

client = openai.OpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["KEY"], max_retries=0, timeout=60)


def user(text):
    return {"role": "user", "content": text}


def refused(kind, status, code, act):
    """Sees that an act fails as the library's own class of errors."""
    try:
        act()
    except kind as error:
        assert error.status_code == status, error
        assert error.code == code, error
        assert error.body["message"], error
    else:
        raise AssertionError(f"{kind.__name__} was expected")


models = [model.id for model in client.models.list()]
assert models == ["builtin", "tiny"], models
assert client.models.retrieve("builtin").owned_by == "builtin"

for model in models:
    whole = client.chat.completions.create(
        model=model,
        messages=[{"role": "developer", "content": "Answer briefly."}, user("Which tram goes up to Graça?")],
        max_completion_tokens=40,
    )
    choice = whole.choices[0]
    assert whole.object == "chat.completion" and whole.model == model
    assert choice.message.role == "assistant" and choice.message.content
    assert choice.finish_reason in ("stop", "length"), choice
    assert whole.usage.completion_tokens > 0
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

    pieces, usage, reasons = [], None, []
    stream = client.chat.completions.create(
        model=model,
        messages=[user([{"type": "text", "text": "And back?"}])],
        max_tokens=40,
        stream=True,
        stream_options={"include_usage": True},
        metadata={"thread_id": whole.metadata["thread_id"]},
    )
    for chunk in stream:
        usage = chunk.usage or usage
        for part in chunk.choices:
            pieces.append(part.delta.content or "")
            reasons.append(part.finish_reason)
    assert "".join(pieces), pieces
    assert reasons[-1] in ("stop", "length") and not any(reasons[:-1]), reasons
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage

# A conversation that is far longer than the window of 512: the server refuses the first attempt, and the answer comes.
long = [user("Tell me about the trams. " * 20) if at % 2 == 0 else {"role": "assistant", "content": f"Turn {at}. " * 30}
        for at in range(60)]
answer = client.chat.completions.create(model="tiny", messages=[*long, user("Which was the last?")], max_tokens=16)
assert answer.choices[0].message.content
assert answer.usage.prompt_tokens < 512, answer.usage
huge = client.chat.completions.create(model="tiny", messages=[user("x y z " * 2000)], max_tokens=16)
assert huge.choices[0].finish_reason in ("stop", "length")

hello = [user("Hello")]
wrong = client.with_options(api_key="sk-" + "0" * 48)
refused(openai.AuthenticationError, 401, "invalid_api_key", lambda: wrong.models.list())
refused(openai.PermissionDeniedError, 403, "endpoint_not_allowed",
        lambda: client.embeddings.create(model="builtin", input="Hello"))
refused(openai.NotFoundError, 404, "model_not_found",
        lambda: client.chat.completions.create(model="gpt-9", messages=hello))
refused(openai.NotFoundError, 404, "model_not_found", lambda: client.models.retrieve("gpt-9"))
refused(openai.BadRequestError, 400, "invalid_request",
        lambda: client.chat.completions.create(model="builtin", messages=hello, n=2))
small = client.with_options(api_key=os.environ["SMALL_KEY"])
small.chat.completions.create(model="builtin", messages=hello)
refused(openai.RateLimitError, 429, "monthly_limit_reached",
        lambda: small.chat.completions.create(model="builtin", messages=hello))
refused(openai.RateLimitError, 429, "monthly_limit_reached",
        lambda: small.chat.completions.create(model="builtin", messages=hello, stream=True))

"""Documents that an embedding model of llama.cpp's makes vectors of, found by what they mean."""

import json
import os
import time
import urllib.request

LINE = "line-of-a-form"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(path, body, kind="application/json"):
    headers = {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": kind}
    with opener.open(urllib.request.Request(os.environ["ORIGIN"] + path, body.encode(), headers), timeout=60) as answer:
        return json.load(answer)


def add(project, name, text):
    part = f"--{LINE}\r\nContent-Disposition: form-data; name="
    body = f'{part}"projectId"\r\n\r\n{project}\r\n{part}"file"; filename="{name}"\r\n\r\n{text}\r\n--{LINE}--\r\n'
    return post("/api/documents", body, f"multipart/form-data; boundary={LINE}")["document"]


project = post("/api/projects", json.dumps({"name": "Trams"}))["project"]
# It has more tokens than the server takes at once, so it goes by its beginning.
added = add(project["id"], "trams.txt", "Tram 28 climbs to the castle. " * 33)
assert added["passageCount"] == 1, added

# To a model with random weights what has the same letters is near; with the blanks elsewhere it has no word of the document.
question = json.dumps({"message": "Tram28 climbsto thecastle. " * 6, "mode": "query"})
deadline = time.monotonic() + 30
while True:
    sources = post(f"/api/v1/workspace/{project['slug']}/chat", question)["sources"]
    if sources:
        break
    assert time.monotonic() < deadline, "nothing is found by its meaning"
    time.sleep(0.2)
assert [source["title"] for source in sources] == ["trams"], sources
assert 0 < sources[0]["score"] <= 1, sources
print("found with a score of", sources[0]["score"])

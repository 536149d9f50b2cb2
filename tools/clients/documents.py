"""Documents that an embedding model of llama.cpp's makes vectors of, found by what they mean."""

import os
import time

import httpx

api = httpx.Client(
    base_url=os.environ["ORIGIN"], headers={"Authorization": f"Bearer {os.environ['KEY']}"}, timeout=60, trust_env=False
)


def ok(response):
    assert response.is_success, response.text
    return response.json()


project = ok(api.post("/api/projects", json={"name": "Trams"}))["project"]
# The first has more tokens than the server takes at once, so it goes by its beginning.
for name, text in (("trams.txt", "Tram 28 climbs to the castle. " * 33), ("boats.txt", "Ferries leave at dawn.")):
    file = {"file": (name, text)}
    added = ok(api.post("/api/documents", data={"projectId": project["id"]}, files=file))
    assert added["document"]["passageCount"] == 1, added

# To a model with random weights what has the same letters is near; without the blanks it has no word of the document.
question = {"message": "tram28climbstothecastletram28climbstothecastle", "mode": "query"}
path = f"/api/v1/workspace/{project['slug']}/chat"
for _ in range(150):
    sources = ok(api.post(path, json=question))["sources"]
    if len(sources) == 2:
        break
    time.sleep(0.2)
assert {source["title"] for source in sources} == {"trams", "boats"}, sources
assert all(0 < source["score"] <= 1 for source in sources), sources

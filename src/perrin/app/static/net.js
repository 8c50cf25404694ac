// Speaks with the server on this machine; an answer that is an error becomes an Error with its sentence.

async function answer(response) {
  if (response.ok) { return response; }
  let said = "the app does not respond";
  try { said = (await response.json()).error || said; } catch { /* no JSON */ }
  throw new Error(said);
}

async function ask(path, given) {
  const options = given === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
  };
  try {
    return await answer(await fetch(path, options));
  } catch (error) {
    if (error instanceof TypeError) { throw new Error("perrin app has stopped; start it again"); }
    throw error;
  }
}

export async function get(path) { return (await ask(path)).json(); }
export async function bytes(path) { return (await ask(path)).arrayBuffer(); }
export async function post(path, given = {}) { return (await ask(path, given)).json(); }
export async function file(path, given) { return (await ask(path, given)).blob(); }

export function send(blob, name, onProgress) {
  // fetch tells nothing of an upload under way
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `api/upload?name=${encodeURIComponent(name)}`);
    request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onload = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* no JSON */ }
      if (request.status === 200) { resolve(body); } else { reject(new Error(body.error || "the file was not received")); }
    };
    request.onerror = () => reject(new Error(`${name}: the app did not accept the file (it is too large, or perrin app has stopped)`));
    request.send(blob);
  });
}

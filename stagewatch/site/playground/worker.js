// Python and Stagewatch, apart from the page, which stays responsive and can end this at any time.
// What is pasted is data here: Python reads it as YAML and JSON, and nothing of it is run.

const here = new URL(".", import.meta.url);
const version = new URL(import.meta.url).searchParams.get("pyodide");
const home = new URL(`pyodide-${version}/`, here).href;
const MODULES = "/modules";

const loaded = load();
loaded.then(
  () => postMessage({ kind: "ready" }),
  (error) => postMessage({ kind: "unloadable", message: shown(error) }),
);

async function load() {
  postMessage({ kind: "phase", text: "Loading Python…" });
  const bundled = bundle();
  const { loadPyodide } = await import(`${home}pyodide.mjs`);
  const { files, lock } = await bundled;
  const nowhere = () => {};
  const python = await loadPyodide({
    indexURL: home,
    packageBaseUrl: home,
    lockFileContents: lock,
    stdout: nowhere,
    stderr: nowhere,
  });
  postMessage({ kind: "phase", text: "Loading Stagewatch…" });
  for (const [path, text] of Object.entries(files)) {
    const name = `${MODULES}/${path}`;
    python.FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
    python.FS.writeFile(name, text);
  }
  python.runPython(`import sys; sys.path.insert(0, "${MODULES}")`);
  return python.pyimport("stagewatch.playground").answer;
}

async function bundle() {
  const response = await fetch(new URL("modules.json", here), { cache: "no-cache" });
  if (!response.ok) throw new Error(`modules.json: ${response.status}`);
  return response.json();
}

onmessage = async ({ data }) => {
  const answer = await loaded;
  postMessage({ kind: "started" });
  try {
    postMessage({ kind: "answer", answer: JSON.parse(answer(data.rule, data.event)) });
  } catch (error) {
    postMessage({ kind: "defect", message: shown(error) });
  }
};

function shown(error) {
  const lines = String(error?.message ?? error).trim().split("\n");
  return lines[lines.length - 1];
}

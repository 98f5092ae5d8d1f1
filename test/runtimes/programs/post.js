/** Does the work and tells the server what came of it. */
export async function post(work) {
  let result;
  try {
    result = await work();
  } catch (error) {
    result = { error: `${error.message}\n${error.stack}` };
  }
  await fetch("/result", { method: "POST", body: JSON.stringify(result) });
}

// What the tool chain must get right for the page to work at all: Lit sees property changes after compilation, and
// workers and WebGPU work in the browser that the tests drive.
import { html, LitElement } from 'lit';
import { expect, it } from 'vitest';

class Dose extends LitElement {
  static override properties = { amount: { type: Number } };
  declare amount: number;
  constructor() {
    super();
    this.amount = 500;
  }
  override render() {
    return html`<output>${this.amount} mg</output>`;
  }
}
customElements.define('toolchain-dose', Dose);

it('a Lit element shows a changed property', async () => {
  const dose = new Dose();
  document.body.append(dose);
  await dose.updateComplete;
  expect(dose.shadowRoot?.querySelector('output')?.textContent).toBe('500 mg');
  dose.amount = 750;
  await dose.updateComplete;
  expect(dose.shadowRoot?.querySelector('output')?.textContent).toBe('750 mg');
  dose.remove();
});

it('a module worker finds a WebGPU adapter', async () => {
  const source = 'navigator.gpu?.requestAdapter().then((a) => postMessage(a ? a.info.vendor : "none"));';
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
    type: 'module',
  });
  const vendor = await new Promise<string>((done, fail) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (event) => fail(new Error(event.message));
  });
  worker.terminate();
  expect(vendor).not.toBe('none');
});

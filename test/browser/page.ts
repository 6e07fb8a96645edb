// The whole page on the made-up engine, to look at while elements change: `npm run dev`, then /test/browser/page.html.
import { App } from '../../src/app/app.ts';
import { FakeEngine, fakeConnection } from './fake-engine.ts';

const app = new App();
const milliseconds = Number(new URLSearchParams(location.search).get('ms') ?? 0);
app.connect = () => fakeConnection(new FakeEngine({ milliseconds }));
document.body.append(app);

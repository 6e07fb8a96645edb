// Where the page begins: the app element gets its engine. Nothing else happens here.
import { App } from './app.ts';
import { connectEngine } from './client.ts';

const app = new App();
app.connect = connectEngine;
document.body.append(app);

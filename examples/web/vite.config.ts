import { defineConfig } from 'vite';

export default defineConfig({
  // The only setting: where the server is. It can also stand in a file .env.
  envPrefix: 'SERVER_URL',
  // Not `localhost`: to a browser that is another site than 127.0.0.1, and it would not send the server's cookie.
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  build: { outDir: 'dist/page', target: 'es2022', modulePreload: { polyfill: false } },
});

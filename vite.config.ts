import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page. `vite` serves it while it is worked on, with the API of an `npm start` beside it. */
export default defineConfig({
  root: 'src/web',
  plugins: [react()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // The page's policy allows files of its own origin only, so nothing is turned into a data: address.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4280' } },
});

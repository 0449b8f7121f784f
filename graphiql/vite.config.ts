import { defineConfig, type Plugin } from 'vite';

/**
 * GraphiQL's stylesheet carries Roboto and Fira Code as data: URLs: 350 KB, a fifth of the bundle, and
 * `font-src 'self'` refuses them anyway. The page uses the system's fonts.
 */
const withoutEmbeddedFonts: Plugin = {
  name: 'without-embedded-fonts',
  enforce: 'pre',
  transform: (code, id) => (/graphiql[\\/]dist[\\/]style\.css/.test(id) ? code.replace(/@font-face\s*{[^}]*}/g, '') : undefined),
};

export default defineConfig({
  base: '/graphiql/',
  plugins: [withoutEmbeddedFonts],
  resolve: {
    // Its <style> element would need style-src 'unsafe-inline'; see the replacement.
    alias: { 'react-style-singleton': '/src/style-singleton.ts' },
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    modulePreload: { polyfill: false },
    // The licences of what is bundled ask to travel with it.
    license: { fileName: 'assets/licenses.md' },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      // "use client" marks server components, of which there are none: dozens of warnings about nothing.
      onwarn: (warning, show) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && show(warning),
    },
  },
});

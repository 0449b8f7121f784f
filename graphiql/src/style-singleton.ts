import { useEffect } from 'react';

/**
 * Stands in for the package `react-style-singleton` (GraphiQL → Radix → react-remove-scroll), which adds a
 * <style> element whenever a dialog or menu opens. Under `style-src 'self'` the browser blocks that element; a
 * constructed style sheet does the same and needs no 'unsafe-inline'. The sheet is shared: the first user's
 * styles apply until the last user has gone.
 */
export function styleSingleton() {
  const sheet = new CSSStyleSheet();
  let users = 0;
  return function Sheet({ styles, dynamic }: { styles: string; dynamic?: boolean }) {
    useEffect(() => {
      if (users++ === 0) {
        sheet.replaceSync(styles);
        document.adoptedStyleSheets.push(sheet);
      }
      return () => {
        if (--users === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      };
    }, [dynamic && styles]);
    return null;
  };
}

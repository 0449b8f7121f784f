// What one does on GraphiQL's page.

/** Buttons, editors and the result of a page. */
export function controls(page) {
  const button = (name) => page.getByRole('button', { name });
  const codeMirror = (editor) => page.getByLabel(editor).locator('.CodeMirror').filter({ visible: true });
  return {
    button,
    shown: (text) => page.getByText(text, { exact: true }).first().waitFor(),
    resultHas: (text) => page.locator('.result-window').filter({ hasText: text }).waitFor(),
    screenshot: (name) => page.screenshot({ path: `screenshots/${name}.png` }),

    /** GraphiQL loads its editors after the rest of the page. Before they are there, it runs nothing. */
    async ready() {
      for (const editor of ['Query Editor', 'Variables', 'Result Window']) await codeMirror(editor).waitFor();
    },

    /** Puts text into one of GraphiQL's editors, in place of what is there. */
    async write(editor, text) {
      await codeMirror(editor).click();
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(text);
      // A moment after it was typed GraphiQL has read and kept it: before, it would run what was there.
      const key = editor === 'Query Editor' ? 'graphiql:query' : 'graphiql:variables';
      await page.waitForFunction(([name, kept]) => sessionStorage.getItem(name) === kept, [key, text]);
    },

    /** Runs one of several operations in the editor, as soon as GraphiQL knows that there are several. */
    async runStep(name) {
      await button(/^Execute query/).and(page.locator('[aria-haspopup]')).click();
      await page.getByRole('menuitem', { name }).click();
    },
  };
}

/** Takes one step after the other, and says so. */
export async function runSteps(steps) {
  for (const step of steps) {
    await step();
    console.log(`ok ${step.name}`);
  }
}

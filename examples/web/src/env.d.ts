interface ImportMetaEnv {
  readonly SERVER_URL?: string;
}

import { deleteStoreFile, getStoreFile, updateStoreFile } from './answer-store-files.ts'
import { getStore, listStores } from './answer-stores.ts'
import { deleteFile, getContent, getFile, listFiles, uploadFile } from './answer-uploads.ts'
import { attachFile } from './attach-file.ts'
import type { RouteName } from './find-route.ts'
import type { RoutedRequest } from './incoming.ts'
import { listStoreFiles } from './list-store-files.ts'
import type { Reply } from './reply.ts'
import type { Service } from './service.ts'

/** Does what a request asks for and says what came of it. */
export async function answer(service: Service, request: RoutedRequest): Promise<Reply> {
  return await ANSWERS[request.route.name](service, request)
}

type Answer = (service: Service, request: RoutedRequest) => Reply | Promise<Reply>

const ANSWERS: Readonly<Record<RouteName, Answer>> = {
  'list-stores': listStores,
  'get-store': getStore,
  'upload-file': uploadFile,
  'list-files': listFiles,
  'get-content': getContent,
  'get-file': getFile,
  'delete-file': deleteFile,
  'attach-file': attachFile,
  'list-store-files': listStoreFiles,
  'get-store-file': getStoreFile,
  'update-store-file': updateStoreFile,
  'delete-store-file': deleteStoreFile,
}

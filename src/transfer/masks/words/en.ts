import type { WordLists } from './lists.ts'

/** English words. */
export const EN: WordLists = {
  firstNames:
    'Abigail,Adam,Alice,Amelia,Andrew,Anna,Arthur,Ava,Benjamin,Caroline,Charles,Charlotte,Christopher,Clara,Daniel,David,Dorothy,Edward,Eleanor,Elizabeth,Ella,Emily,Emma,Ethan,Evelyn,Florence,Frances,Frederick,George,Grace,Hannah,Harold,Harriet,Henry,Isaac,Isabel,Jack,James,Jane,John,Joseph,Julia,Katherine,Laura,Leo,Lily,Louis,Lucas,Lucy,Margaret,Martha,Martin,Mary,Matthew,Michael,Nathan,Nora,Oliver,Olivia,Oscar,Patrick,Paul,Peter,Philip,Rachel,Rebecca,Richard,Robert,Rose,Ruth,Samuel,Sarah,Simon,Sophia,Stephen,Susan,Theodore,Thomas,Victor,Violet,Walter,William,Winifred,Zoe'.split(
      ',',
    ),
  lastNames:
    'Adams,Allen,Anderson,Bailey,Baker,Barnes,Bell,Bennett,Brooks,Brown,Butler,Campbell,Carter,Clark,Collins,Cook,Cooper,Cox,Davies,Davis,Edwards,Ellis,Evans,Fisher,Foster,Gibson,Graham,Gray,Green,Griffin,Hall,Harris,Harrison,Hayes,Henderson,Hill,Holmes,Hughes,Hunt,Jackson,James,Jenkins,Johnson,Jones,Kelly,King,Knight,Lewis,Lloyd,Marshall,Martin,Mason,Matthews,Miller,Mills,Mitchell,Moore,Morgan,Morris,Murphy,Murray,Myers,Nelson,Palmer,Parker,Patterson,Phillips,Powell,Price,Reed,Reynolds,Richardson,Roberts,Robinson,Rogers,Ross,Russell,Scott,Shaw,Simpson,Smith,Stevens,Stewart,Taylor,Thomas,Thompson,Turner,Walker,Ward,Watson,Webb,West,White,Williams,Wilson,Wood,Wright,Young'.split(
      ',',
    ),
  cities:
    'Ashford,Bath,Bedford,Birmingham,Bolton,Boston,Bradford,Brighton,Bristol,Cambridge,Canterbury,Cardiff,Carlisle,Chester,Chichester,Colchester,Coventry,Derby,Durham,Exeter,Gloucester,Hereford,Ipswich,Lancaster,Leeds,Leicester,Lincoln,Liverpool,Manchester,Newcastle,Northampton,Norwich,Nottingham,Oxford,Plymouth,Portsmouth,Preston,Reading,Salisbury,Sheffield,Southampton,Swindon,Truro,Wakefield,Warwick,Winchester,Worcester,York'.split(
      ',',
    ),
  streets:
    'Abbey Road,Albert Street,Bridge Street,Broad Street,Cambridge Road,Castle Street,Cedar Avenue,Chapel Lane,Chestnut Avenue,Church Lane,Church Road,Station Road,Elm Grove,Garden Close,Grange Road,Green Lane,Grove Road,High Street,Hill View,King Street,Kings Road,London Road,Main Street,Manor Road,Market Street,Meadow Lane,Mill Lane,New Road,North Street,Oak Drive,Orchard Close,Park Avenue,Park Road,Queens Road,Richmond Road,School Lane,South Street,Spring Gardens,Victoria Road,Water Lane,West Street,Windsor Road,York Road'.split(
      ',',
    ),
  address: { before: '1 ', after: '' },
  companies:
    'Acorn,Alder,Amber,Anchor,Arrow,Aspen,Atlas,Aurora,Beacon,Birch,Bluebird,Boulder,Bramble,Brook,Canyon,Cedar,Cobalt,Compass,Copper,Coral,Crest,Delta,Dune,Ember,Falcon,Fern,Flint,Garnet,Granite,Harbour,Hazel,Heron,Horizon,Indigo,Ivory,Juniper,Kestrel,Lantern,Larch,Linden,Maple,Marble,Meadow,Meridian,Mosaic,Nimbus,Northstar,Oakfield,Onyx,Orchard,Osprey,Pebble,Pioneer,Quartz,Raven,Redwood,Ridge,Rowan,Saffron,Sierra,Silver,Sparrow,Summit,Tamarind,Thistle,Timber,Topaz,Tundra,Valley,Vertex,Willow,Zephyr'.split(
      ',',
    ),
  legalForms: 'Ltd,LLC,Group,Partners,Inc'.split(','),
}

import { wordListsFor } from '../words/word-lists.ts'

/** First names that are common in Europe and America, in addition to those that masks write. */
const MORE = `
aad aafke aaltje aaron aart abbie abby abdel abdul abel abigail abílio abramo acácio achille achim ada adalberto adalgisa adam adamu addolorata adela adele
adelheid adelina adeline ademir adeola adolf adolfo adri adriaan adriana adriá adrián adrien afonso agata agathe agnes agnese agnieszka agostinho agostino
agustina agustín ahmed ahmet aida aidan aileen aimé aimée ainara ainhoa aino ainoa aires aisha aisling aitana aitor akiko akua alain alan alastair alba alban
albano albert alberta albertina albertine alberto albie alcides alda aldina aldo alec alejandra alejandro alejo aleksandra alena alenka alessandra alessandro
alessia alessio alex alexa alexander alexandra alexandre alexandrina alexia alexis alfie alfio alfonsa alfonsas alfonsina alfonso alfred alfredo ali alice
alicia alida alina aline alison alistair alix alizée allegra almerinda almudena alois aloísio alojzy alphonse alwin alzira amadeu amador amaia amalia amalie
amanda amandine amara amaro amato amaury amaya amber ambra ambre ambrož amedeo amel amelia amélia amélie américo amina amine amir amílcar amparo amy ana
ana-maría ana-paula anabel anabela anaelle anaël anaïs anastasia anatol anatole anatoli ander andoni andrea andreas andree andrei andreia andrej andres andreu
andré andrée andrzej aneta anett anežka ange angela angelica angelika angelina angelo angèle angélique angus aniello anita aníbal anja anjo anke ankie ann
anna anna-lena anna-maria annabell annalisa annamaria annarita anne annegret anneke annelie annelies anneliese annelore annemarie annet annett annette annick
annie anniek annika annunziata anouk ans anselme anselmo ansgar anthony antje antoine antoinette anton antonella antonello antonia antonietta antonino antonio
antonín antoon antónia antónio antônio anxo anya aparecida apolline araceli arantxa arantza archie arend aria ariadna ariana ariane arianna arie arielle
aristide arjan arjen arkadiusz arlette arlo armand armanda armando armelle armin armindo arnaldo arnau arnaud arne arno arnold arsène arthur artur arturo
arvid arya asha ashley ashok ashton asier asif assia assunção assunta asta astrid attilio aubrey aude audrey august augusta auguste augustin augusto aukje
aurelia aurelie aurelio aurélia aurélie aurélien aurélio aurora aurore ava avelino avery axel axelle aylin ayoub ayşe azucena azzurra ágata álvaro ângela
ângelo babajide balbina baldomero baltasar baltazar baptiste baptistine barbara barbel barbora barnabé barnaby barney barry bart bartolomeo bartolomeu
bartolomé bartosz bas bashir basilio bastiaan bastian bastien battista bárbara beata beate beatrice beatrix beatriz begoña belén bella belmiro ben benedikt
benedita benita benito benjamin benjamín benno benoit bento berend berenice bernadette bernard bernardino bernardo bernd bernhard bert berta berthe berthold
bertrand beth bethany bettina betty beverley bérangère bérénice biagio bianca biel bilal billy birgit bittor bjarne björn blaise blake blanca blanche blandine
blas blessing bobby bodo bogdan bohumil bonnie boris borja boudewijn božena bradley brais bram brando brandon branislav brás brecht brenda brendan breno brian
brice bridget brigitta brigitte britt brody bronislaw bruce bruna brunella bruno bryan bryn burak burkhard burkhardt caetano caio caitlin caleb callum
calogero cameron camélia camila camilla camille camilo canan candela candelaria capucine carina carine carl carla carlijn carlos carlota carlotta carme
carmela carmelo carmen carol carola carole carolien carolin carolina caroline carolyn carsten carys casper cassandre cassidy catalina catarina caterina
catherine cathy catriona cayetana cayetano cássia cássio cândida cândido cecile cecilia cecília cedric celia celina celso cem cesare cédric céleste célestin
célia céline célio césar chantal chantelle charles charlène charlie charline charlotta charlotte charo chelsea chema chen cheryl chiamaka chiara chidi chinedu
chinwe chioma chloé chris christa christel christelle christiaan christian christiane christina christine christoph christophe chukwuemeka ciara cinzia
cipriano ciro cícero claartje claas claire clara clarence clarice clarissa clarisse claude claudette claudia claudie claudine claudio cláudia cláudio clelia
clemens clemente cléa clémence clément clémentine clive clothilde clotilde coby cody coen colette colin coline colleen conceição concetta concha conchita
connor conor conrado constance constança cor coralie cordula corentin corey corine corinna corinne cornelia cornelis cornelius coromoto corrado corrie cosimo
cosme costantino costanza courtney craig cristian cristiana cristiano cristina cristóbal custódia custódio cynthia cyprien cyril cyrille czesław daan dafne
dagmar dagny daisy dalila damian damiano damián damião damien dana daniel daniela danielle danièle danilo danny danuta dany daphne daphné darcy daria dario
darío darren darryl dave davi david davide dawid dawn dália dean debora deborah deepak deirdre dejan delfín delia delilah delphine demba demetrio denis denise
dennis deolinda derek derk desirée desmond detlef detlev devi dexter débora déborah désiré désirée diana diane didier diederik diego dieter dietlind dietlinde
dietmar dietrich dieuwke diletta dilys dimitri dina dinis dino diogo dirce dirk dirkje diyar djalma djamel dmitri dmitry dmytro dolores dolors domenico
domingas domingo domingos dominic dominik dominique donald donatella donatien donato donna dora dorian dorien dorine doris dorota dorothea dorothee dorothée
dorothy dougal douglas douwe dragan driss duarte dulce duncan dušan dylan eamon eberhard ebony ebru ece eckart eckhard edda eddie edelmira edeltraud edgar
edita edite edith edmilson edmund edmundo edna edoardo edson eduarda eduardo edward edwige edwin eef eefje eero efraín eftychia egbert egidio egil egon eileen
eino ekaterina ekkehard elaine elda eleanor elena eleonora elettra elfriede eli elia eliana eliane elias elif elijah eline elio elisa elisabete elisabeth
elisabetha elisabetta elise eliza elizabeth elías elke ella ellen elli ellie ellinor elliot elliott ellis elly elmar eloise eloísa eloy elói els elsa elsbeth
else elsie elvio elvira elvire elza elżbieta emanuel emanuela emanuele emeka emel emiel emil emilia emiliano emilio emily emine emília emma emmanuel emmett
emre encarna eneko engelbert enid enno enric enrica enrico enrique enza enzo eoin ercan ercole erhard eric erica erich erik erika erin ermanno ermelinda erna
ernest ernesta ernestina ernesto ernst erwan erwin esin esme esmee esmeralda esmée esra esteban estefanía estela estelle estêvão esther eszter ethan ethel
etienne ettore eugen eugene eugenia eugenie eugenio eugène eugénia eugénie eugénio eulalia eunice eusebio eva eva-maria evan evaristo eve evelien evelin
evelina evelyn evert ewa ewald ewan ewout ezequiel ezra édouard élia éliane élias élie éliott élise éliza élodie éloïse émeline émile émilie émilien émma éric
étienne évelyne fabian fabiana fabien fabienne fabio fabiola fabrice fabrizia fabrizio fabrício facundo fadi faisal faith fanny farah farid farida farouk
fatih fatiha fatima fatma fatou fausta fausto fay fábio fátima federica federico feike feliciana feliciano felicitas felicity felipe felisa felix felícia femi
femke fenna ferdinand fergus fermín fernand fernanda fernande fernando fernão ferruccio ferry félicie félicité félix fidel fiete filip filipa filipe filippa
filippo filomena finja finlay finley finn fiona fiorella fiorenza firmin firmino flavia flavie flavien flavio flávia flávio fleur floor flora florbela
florence florencia florencio florent florentin florian florinda florine floris fokke fortunato fosca franca franceline frances francesc francesca francesco
francine francisca francisco franck franco francois françois françoise frank franka frans franz franziska fred freddie freddy frederick frederico frederiek
fredrik freek freya frédéric frédérique frieda friedel friederike friedhelm friedrich frits fritz froilán froukje fulgencio fulvia fulvio gabi gabin gabino
gabriel gabriela gabriele gabriella gabrielle gael gaetana gaetano gaël gaëlle gaëtan gaia galina gara gareth gary gaspar gaspard gaspare gaston gauthier
gavin gábor gebhard geert geertje geertruida gema gemma genaro gene geneviève gennaro genoveva geoffrey geoffroy georg george georges georgette georgia
georgie georgina gerald geraldine geraldo gerard gerardo gerben gerd gerda gergely gerhard gerlinde germaine germano germán gero gerold gerrit gersende gert
gertrud gertrudis gerwin gesa gesine géraldine gérard ghassan ghislain ghislaine giacinto giacoma giacomo giada gianfranco gianluca gianmarco gianna gianni
gianpaolo gijs gijsbert gil gilbert gilberte gilberto gilda gildas gilles gillian gina ginette gino gioele gioia giordana giordano giorgia giorgio giosuè
giovana giovanna giovanni gisa gisela gisella giselle gisèle giuditta giulia giuliana giuliano giulio giuseppe giuseppina giustina giusto gladys glenys gloria
glória godfrey goedele goffredo gonçalo gonzalo goran gordon gorka gottfried grace graciela graciete graça graeme graham grant grazia graziana graziella
grażyna greet greetje greg gregor gregoria gregorio gregory gregório greta grete grégoire grégory grzegorz guadalupe gudrun guénolé guglielmo guido guilhem
guilherme guillaume guillem guillermo guiomar gundula gunilla gunnar gunther gustav gustave gustavo guus gülay günter günther gwen gwenaël gwenaëlle
gwendoline gwendolyn gwyneth habib hadi hakan hakim halina haluk hamid hamish hamza hana hanna hanna-leena hannah hanne hanneke hannelore hannes hans
hans-christian hans-jürgen hans-peter harald harley harm harmen harold harpreet harriet harriët harrison harry hartmut haruto harvey hasan hassan hatem hatice
hauke hayden hayley hazel heather hector hedvig hedwig heidi heike heiko hein heiner heino heinrich heinz heitor helder heleen helen helena helene helga helge
helle helmut hendrik hendrika henk henny henri henrietta henriette henrique henry henryk herbert heribert herman hermann hermenegildo hermine herminia
herminie hermínia hernán herta hertha hervé hessel hélder hélène hélio héloïse hidde hilaire hilario hilary hilda hilde hildegard hiltrud hinrich hipólito
hippolyte hiroshi hoang holger holly honoré honorine horacio horácio horst hortense hortensia hortênsia howard hubert hubertus hugh hugo hugues huguette huib
humberto hussein hüseyin iago ian iara ibai ibrahim icíar ida idoia idriss ifeoma ignacio ignasi igor iker ilan ilaria ilenia ilka ilkay ilona ilse imane
imanol imelda imke imma immacolata immo imogen imran ina inácio ineke ines inès inés inês inga inge ingeborg ingelore ingo ingolf ingrid ingvar inmaculada
iñaki ioana iona ionut iracema irati irena irene irène irfan iria irina iris irma irmgard irmtraud iryna isa isaac isabel isabella isabelle isadora isaiah
isaías isaura isidoro isidro isla ismael ismaël ismail isobel isolde istván ivan ivana ivano iván iveta ivete ivo ivone ivor ivy iwona izan íñigo jaap jacco
jacinta jacinto jack jackie jackson jacky jacob jacoba jacobo jacopo jacqueline jacques jade jadwiga jaime jair jairo jake jakob jakub jamel james jamie jan
jan-erik jan-willem jana janaína jandira jane janet janice janin janina janine janire janko janneke jannie jannik jannis jans jantine januário jaqueline jared
jarmila jarno jarosław jasmin jasmine jasna jason jasper jaume javi javier jaxon jay jayden jean jean-baptiste jean-claude jean-françois jean-luc jean-marc
jean-marie jean-michel jean-paul jean-philippe jean-pierre jeanine jeanne jeannine jed jeff jeffrey jelena jella jelle jelmer jemima jenaro jenna jennifer
jenny jens jeremiah jeremy jeroen jerome jerónimo jerry jerzy jess jesse jessica jessie jessika jesus jesús jet jérémie jérémy jérôme jill jim jimena jimmy
jin jiří joachim joan joana joanna joanne joaquim joaquin joaquina joão joão-pedro jocelyn jocelyne jochem jochen jodie joe joel joep joerg joey joël joëlle
johan johann johanna johannes john johnny jolanda jolien jon jona jonah jonas jonatan jonathan joop joost jordan jordana jordi jorge jorgina joris jose joseba
josef josefa josefina josefine josep joseph josephine josette josé josé-luis joséphine josh joshua josiane josie josje josselin josseline josué jouke jovita
joy joyce jozef józef jörg juan juan-carlos juana juanita jude judit judith judy julen jules julia julian juliana juliane julián julie julien juliet juliette
julio juraci juraj jurre jurriaan jussara justin justine justyna jutta júlia júlio júnior jürgen kaan kacper kader kai kai-uwe kaitlyn kamel kamil kara karel
karen karim karima karin karina karine karl karl-heinz karla karlheinz karlijn karol karolina karsten kas kasper katarina katarzyna kate katharina katherine
kathleen kathrin katia katie katja katrin katrina kavita kaya kayla kazimierz käthe kees keira keith kelly kelsey kemal ken kendra kenji kenneth kenza kepa
kerry kerstin kevin kévin khadija khaled khalid kieran kilian killian kim kimberly kinga kira kirill kirsten kirsty klaartje klaas klara klaske klaus
klaus-dieter knut koen kofi koldo konrad konstantin konstantinos konstanze koos korbinian kornelia kris kristian kristin kristina kristof krystyna krzysztof
kunigunde kurt kwabena kwame kwasi kyle kyra lachlan laetitia laëtitia laia lajos lakshmi lamberto lana lance lara larissa larry lars lars-erik lasse latifa
latoya laura laure laureline lauren laurence laurens laurent laurène laurie laurinda laurine lauro lavinia lawrence layla lea leah leander leandra leandro
lech leda leen leendert leila leire leïla lena leni lenka lennard lennart leo leon leonard leonardo leonel leonhard leonie leonilde leonor leonora leopold
leopoldo leroy leslie lester leszek leticia letizia letícia levin lewis lexi leyla léa léandre léna lénaïc léo léon léonard léonie léopold lia liam liana
lianne libby libuše lidia lidija lieke lies liesbeth liesel lieselotte lieve lieven lila lilian liliana liliane lilli lillian lilou lily lina linda lindsay
line linh lino linus lionel lisa lisanne lisbeth lise liselotte lison liudmila livia livio lize lídia lígia lívia ljubica lloyd lodewijk loek loes logan loïc
loïs lola lore loredana lorella lorena lorenz lorenza lorenzo loretta loris lorna lorraine lothar lotte lottie lou louane louie louis louis-marie louisa
louise louka lourdes lourenço lovis luana lubin lubomír luc luca lucas lucette lucia luciana luciano lucie lucien lucienne lucila lucile lucille lucinda
lucília lucrezia lucy lucyna ludger ludivine ludmila ludovic ludovica ludovico ludwig luigi luigia luigina luis luis-miguel luisa luise luisella luiz luiza
luís luísa lukas lukáš luke luna lutz luuk luzia lúcia lydia lydie lyes lyla lynn lysiane maaike maarten maartje mabel mabon macarena machteld maciej
mackenzie maddalena madeleine madelon madison mado mael maeve maël maëlle maëlys mafalda magali magalie magda magdalena maggie magnus mahmoud maik maike
maisie maitane maite maïa maïssa maja makoto malachi malcolm malek malena malika malo malte mandy manel manfred manfredo manlio manolo manon mansour manuel
manuela mara marc marc-antoine marceau marcel marcela marcelina marceline marcelino marcella marcelle marcello marcelo marcial marcin marco marcos marcus
mareike marek margaret margarete margarida margarita margaux margery margherita margit margo margot margreet margret margriet marguerite maria maria-joão
mariam marian mariana mariangela marianne mariano maribel maricarmen marie marie-claire marie-france marie-hélène marie-luise marie-thérèse marieke mariette
mariëlle marijke marijn marika marilena marilyn marilyne marin marina marine mario marion marisa marisol marit marius mariusz marília marja marjan marjolein
marjolijn marjorie mark marko markus marleen marlene marli marlies marlijn marlis marloes marlon marnix marques marsha marta marten martha martial martijn
martim martin martina martine martinho martino martí martín martyna marvin mary maryam marylène maryline maryse maryvonne massimiliano massimo matej mateo
mateus mateusz matheus mathéo mathias mathieu mathilda mathilde mathis mathurin matilda matilde matías mats mattes matthäus matthew matthias matthieu matthijs
matthis mattia mattis maud maura maureen maurice mauricio maurits maurizia maurizio maurício mauro mavis max maxence maxime maximilian maximiliano maximilien
maximino maxine maxwell maya mayte małgorzata márcia márcio medhi meera mees megan mehdi mehmet mei mei-ling meike meinhard melania melanie melchor melina
melissa melvin menno mercedes mercè merel merijn meritxell merle meta mélanie mélina méline mélissa mélodie mia micael micaela micah michaela michel michela
michelangelo michele micheline michelle mickaël mieke mieneke miep miguel mihaela mihai mike mikel mila milan milena milica millie milo miloš milou milton
mimmo mina minh minke minna minnie mira miranda mirco mireia mireille mirella miren miriam mirjam mirko miroslav mirthe míriam mohamad mohamed mohammad
mohammed mohan moira moisés molly mona monica monika monique montse montserrat morag morena moreno morgan morgane moritz morris mounir mónica mônica muhammad
mungo murat muriel murilo mustafa mylène myra myriam myrtle nabil nabila nadège nadia nadine nadir nadja naël nahia nahla naiara naïm naïma nancy nanda nando
naoko naomi narciso nasrin nassim natacha natalia natalie natalija natalina natanael natascha natasha natália natércia nathalie nathan nathanaël nathaniel
nazan nazaret nazario nádia ned neha neil nele nell nella nelleke nellie nello nelson nerina nermin nessa neus neusa neville nevio nélia néstor ngozi niall
niamh nicanor nicholas nick nico nicola nicolai nicolas nicolasa nicolás nicole nicoletta nicolò niek niels nienke nigel nikita nikki niklas nikola nikolai
nikolaus nils nilson nilton nilufar nina nino ninon nives nkechi noa noah noam noel noelia noemi noé noélie noémia noémie noël noëlle nolan nolwenn noor
noortje nora norbert nordine noreen norma norman nour nuno nunzia nunzio nuray nuri nuria océane octave octavie octavio octávio oda odete odette odile odilon
odo okke oksana olaf olaia olalla olavo ole oleh oleksandr olena olga olimpia olinda olive oliver olivia olivier olívia ollie oluwaseun olympe omar ombeline
ondřej onno onofre onofrio onur oonagh orazio oreste oriana oriane orietta oriol orla orlando orlane ornella orsola ortrud oscar oskar osman osvaldo oswald
otávio otília otmar ottavia ottavio ottilie ottmar otto ottokar ousmane owen óscar özlem pablo paco paddy palmira paloma pam pamela pancracio paola paolo
pascal pascale pascaline pascual pasquale pasqualina pastora patrice patricia patricio patrick patrizia patrizio patrícia patryk patsy patxi pau paul paula
paulette paulin paulina pauline paulo pavel pavlina paweł pedro peer peet peggy pekka pellegrino penelope percy pere perry petar pete peter petr petra phil
philémon philibert philip philipp philippe philippine phillip philomène phoebe phyllis pia piedade pien pier piera pierluigi piero pierpaolo pierre pierrette
pierrick piet pieter pietro pilar pim pina pino piotr pippa pius pleun plínio pol polly pooja poppy pradeep preeti preston primitivo priscila priscilla priya
prune qing quentin quim quinn quique quirin quirine quirino quitéria rachel rachele rachid rafael rafaela rafał raffael raffaela raffaele raffaella raimondo
raimund raimunda raimundo rainer raj rajesh rajiv rakesh ralf ralph ramesh ramiro ramon ramona randolf randy rania raoul raphael raphaël raphaëlle raquel
rashid rasmus raul raúl ravi rayan raymond raymonde rebeca rebecca reece reggie regina reginald regine rein reinaldo reine reiner reinhard reinhardt reinhold
reinier reinout remo renan renata renate renato renaud rené renske renzo resi reuben reza rébecca régis rémi rémy rhiannon rhona rhys rianne ricarda ricardina
ricardo riccardo richard rick ricky rico rik riley rina rinaldo rino rita robbert robbie robert roberta roberte roberto robin robyn rocco rocío roderick
rodney rodolfo rodolphe rodrigo rodrigue roel roeland rogelio roger rogério rohan roisin roland rolf rolf-dieter romain romane romaric román romeo romeu roméo
romina romolo romuald romy ron ronald ronaldo ronnie ronny roos roosmarijn roque rory rosa rosalba rosalia rosalie rosalind rosalinda rosalía rosana rosanna
rosaria rosario rosália rosário roseli roseline rosella rosemarie rosemary rosen rosendo rosi rosie rosina rosinda rosita ross rossana rossella roswitha rowan
roxane roxanne roy rómulo ruben rubén ruby rudi rudolf rufino rufus ruggero rui rupert russell rute ruth ruud rüdiger ryan ryszard saar sabina sabine sabino
sabrina sadia sadie sahar said saida saïd sakura salim salima sally salma salome salomé salvador salvadora salvatore sam samanta samantha samia samir samira
samuel samuela samuele samy sancho sandeep sander sandie sandra sandrine sandro sanjay sanne sante santiago santino santosh saoirse sara sarah sarai sascha
sasha saskia saturnino saul saúl saverio savino scarlett scott sean sebastian sebastiana sebastiano sebastián sebastião secundino segismundo selene selim
selina selma sem semra senta seppe serena serge sergei sergi sergio serkan settimio severino sevgi sébastien sébastienne ségolène séréna sérgio séverin
séverine shabnam shane shankar shannon sharon shaun sheila shelley shirley shreya shu sian sibel sibilla sibylle sidney sidonie siebe siebren siegbert
siegfried sieglinde siegmund sien sienna sierra sietse sigrid sigrun sigurd siham sihem silas silke silvana silvano silvester silvestre silvestro silvério
silvia silvino silvio simão simon simona simone simonetta simón simran sina sinan sinead siobhan siv sixte sjaak sjoerd skye slavica slobodan snežana sofia
sofiane sofie soizic solange solenne solène soline solveig sonia sonja sonsoles sonya soňa sophia sophie soraia soraya sónia sônia sönke stacey stan stanislas
stanisław stanley stef stefan stefania stefanie stefano steffen steffi stella stephanie stephen steve steven stewart stéphane stéphanie stijn stoyan stuart
sue sunil sunita suresh susan susana susann susanna susanne suzan suzanne suze suzie sven svenja svetlana swann swantje swen sybil sybille sylvain sylvaine
sylvestre sylvette sylvia sylvie sylwia szymon tabea tabitha tadeo tadeu tadeusz tainá takashi talia tamara tamsin tanguy tania tanja tara tariq tatiana
tatjana tazio tânia tecla ted teddy telma telmo teo teodora teodoro teófilo terence teresa teresinha terry tess tessa teun teunis thaís thaïs thea thekla
thelma theo theodor theodore theres theresa theresia théa théo théodore théophile thérèse thiago thibaud thibault thibaut thierry thijmen thijs thilo
thiphaine thomas thorben thorsten tiago tiberio tifany tiffany tijmen tijn till tilly tilman tim timéo timm timo timon timothé timothée timothy tina tineke
tiphaine tito titouan tiziana tiziano tjalling tjeerd tjitske tobias toby todd tom tomasa tomasz tomás tomáš tomé tommaso tommy toni tonino tony toon torben
torcato toribio torsten tosca tove tracey tracy traudl traute travis trevor trijntje trish tristan trude trudy truus tullia tullio tunde turgut túlio twan
txema tygo tyrone ubaldo uchenna udo ugo ulf ulla ulli ulrich ulrike ulysse umberto una unai undine uriel urs ursel ursula ursule ute uwe úrsula vaclav val
valdemar valdir valentim valentin valentina valentine valentyna valeria valeriano valerie valerio valère valérie valéry valter vanda vanderlei vanesa vanessa
vania vanina vasco vasile vaughan vânia veit veli velia venkat vera verena verity vernon verona veronica veronika verónica vesna véronique vicent vicenta
vicente vicky victoire victor victoria victoriano victorien victorine victória viggo vijay vikram viktor viktoria viktória vincent vincenza vincenzo vinícius
vinzenz viola violaine violeta violette virgile virgilio virginia virginie virgílio virgínia vita vitale vito vitor vitória vittore vittoria vittorio vivian
viviana viviane vivien vivienne víctor vítor vladimir vladimiro vladislav volker volkmar volodymyr wagner walburga waldemar waldtraud waleed wally walter
waltraud wanda warren wassim wayne wei wenceslao wendy wenzel wera werner wesley wessel wibke wiebe wiebke wieke wieland wiesław wietske wijnand wil wilbur
wilco wilfred wilfried wilhelm wilhelmine willa willeke willem willemien willemijn willi william willow willy wilma wilson wim wineke winfried winifred
winston wioletta wobbe wojciech wolfgang wolfram wout wouter wyatt xabier xander xaver xavi xavier xenia xiang xiao ximena xoán yacine yael yaël yago yaiza
yakubu yanis yann yannick yannik yannis yara yasar yasemin yasmin yasmina yasmine yassine yde yerai yeray yesim yésica yilmaz yohan yohann yolanda yolande
yoran youcef youri youssef yuki yulia yuri yusuf yvan yves yvette yvon yvonne zacarías zach zacharias zacharie zachary zaida zainab zaira zakaria zara
zbigniew zdeněk zeferino zeger zeinab zeke zeno zenzi zeynep zélia zélie zhang zinedine zita zoe zoé zofia zoraida zoran zsófia zulema zulmira zuzana`

/** What stands before a name. */
const TITLES =
  'mr mr. mrs mrs. ms ms. miss dr dr. prof. herr frau m. mme monsieur madame mlle sr. sra. señor señora don doña sig. signor signora dhr. mevr. mevrouw'

/** The first names, and titles, that values are compared with, in lower case, and with their accents if the server can represent them. */
export function commonFirstNames(isAscii: boolean): string[] {
  const written = (['en', 'de', 'fr', 'es'] as const).flatMap(
    (locale) => wordListsFor(locale, isAscii).firstNames,
  )
  const names = [...MORE.trim().split(/\s+/), ...TITLES.split(' '), ...written].map((name) =>
    name.toLowerCase(),
  )
  const plain = names.map((name) => name.normalize('NFD').replaceAll(/[^a-z.-]/g, ''))
  return [...new Set(isAscii ? plain : [...names, ...plain])]
}
